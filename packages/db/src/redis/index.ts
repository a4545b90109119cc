export { createRedis } from './connection.ts'
export { publishNews } from './live-news.ts'
export {
  ProjectionAnnouncer,
  type ProjectionHint,
  type ProjectionRunner,
  runProjectionQueue,
} from './projection-queue.ts'
export { countJobs, openQueues, type Queue, type QueueCounts } from './queue-reader.ts'

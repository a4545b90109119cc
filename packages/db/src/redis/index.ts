export { createRedis } from './connection.ts'
export { type RedisState, readRedisState } from './doctor-reader.ts'
export { publishNews } from './live-news.ts'
export {
  ProjectionAnnouncer,
  type ProjectionHint,
  type ProjectionRunner,
  runProjectionQueue,
} from './projection-queue.ts'
export { countJobs, openQueues, type Queue, type QueueCounts } from './queue-reader.ts'
export {
  addWorkerCounts,
  EVENT_TO_CHART_SECONDS,
  noCounts,
  readWorkerCounts,
  type WorkerCounts,
} from './worker-counts.ts'

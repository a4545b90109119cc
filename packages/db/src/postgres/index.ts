export { createPool, isUnavailable, type Pool, type PoolClient } from './pool.ts'
export { getPrisma, type PrismaClient } from './prisma.ts'

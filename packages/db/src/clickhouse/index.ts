export { type ClickHouseClient, createClickHouse } from './client.ts'

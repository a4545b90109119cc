// admission: how much the door may take now, decided from what waits for the projection and how fast it is projected.
// Promises: near real time for what is taken; an outage is not mistaken for overload; no swing between everything and nothing.
// Does not know: stores, requests, who sends, what time it is.
export { type AdmissionMode, decideAdmission, newShardAdmission, type ShardAdmission } from './decide-admission.ts'
export { type Door, newDoor, shareOf, watchDoor } from './door-share.ts'
export { newPace, type Pace, type ShardLook } from './projection-pace.ts'
export { TokenBucket } from './token-bucket.ts'

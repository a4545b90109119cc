'use server'
import { currentPerson } from '../auth/current-person.ts'
import { createCaller } from '../trpc/procedures.ts'
import { appRouter } from '../trpc/router.ts'

/** Ends looking on as somebody else, by the procedure that states who may. The caller leaves the page: what is on it was read as somebody else. */
export async function endLookingOn(): Promise<void> {
  await createCaller(appRouter)({ person: await currentPerson() }).people.endLookingOn()
}

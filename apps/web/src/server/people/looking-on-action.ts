'use server'
import { redirect } from 'next/navigation'
import { currentPerson } from '../auth/current-person.ts'
import { createCaller } from '../trpc/procedures.ts'
import { appRouter } from '../trpc/router.ts'

/** Ends looking on as somebody else, by the procedure that states who may. */
export async function endLookingOn(): Promise<void> {
  await createCaller(appRouter)({ person: await currentPerson() }).people.endLookingOn()
  redirect('/admin/people')
}

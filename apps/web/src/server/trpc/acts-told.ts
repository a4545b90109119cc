import { CatalogueRefused } from '@meterbook/db/postgres/catalogue-acts'
import { TRPCError } from '@trpc/server'
import { MeterRefused } from '../meters/meter-refused.ts'
import { ProposalRefused } from '../proposals/proposal-kind.ts'
import { refusalsTold } from './told-refusal.ts'

const CODES = { not_found: 'NOT_FOUND', forbidden: 'FORBIDDEN', invalid: 'BAD_REQUEST', conflict: 'CONFLICT' } as const

/** refusalsTold, for changes of the catalogue as well. */
export function actsTold<T>(answer: () => Promise<T>): Promise<T> {
  return refusalsTold(async () => {
    try {
      return await answer()
    } catch (error) {
      if (error instanceof CatalogueRefused || error instanceof MeterRefused || error instanceof ProposalRefused)
        throw new TRPCError({ code: CODES[error.code], message: error.message })
      throw error
    }
  })
}

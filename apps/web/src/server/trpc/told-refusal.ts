import { TRPCError } from '@trpc/server'
import { CorrectionRefused } from '../corrections/asked-correction.ts'

const CODES = {
  not_found: 'NOT_FOUND',
  forbidden: 'FORBIDDEN',
  invalid: 'BAD_REQUEST',
  conflict: 'CONFLICT',
} as const satisfies Record<CorrectionRefused['code'], TRPCError['code']>

/** Runs `answer`; what it refuses is told to the caller in its own words, and anything else is a fault. */
export async function refusalsTold<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof CorrectionRefused) throw new TRPCError({ code: CODES[error.code], message: error.message })
    throw error
  }
}

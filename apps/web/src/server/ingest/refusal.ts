import type { Problem } from '../http/problem.ts'

/** Ends the handling of a request with a problem: the sender's doing, or a fault of the world that they are told of. */
export class Refusal extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** The client went away before it had sent everything: nothing is stored and nobody is left to answer. */
export class ClientGone extends Error {}

/** A store did not answer. `port`: which one was asked. */
export class Unreachable extends Error {
  readonly port: string
  constructor(port: string, cause: unknown) {
    super(`${port} did not answer`, { cause })
    this.port = port
  }
}

/** Waits for a port of the world; whatever goes wrong there is a reason to try again later, never a reason to say yes. */
export async function ask<T>(port: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw new Unreachable(port, error)
  }
}

/** The whole body is at fault: one validation error without a field says how. */
export function refuseBody(status: number, code: string, message: string): Refusal {
  return new Refusal({ status, detail: message, validationErrors: [{ field: '', code, message }] })
}

import { z } from 'zod'

/** What a route is to those who call it: the source of the published document, of its page and of the tests that hold both to it. */
export interface Operation {
  /** Stable for ever: generated clients are named after it. */
  id: string
  tag: 'Sending' | 'Usage' | 'Meters' | 'Events' | 'Statements' | 'Ledger' | 'Health'
  summary: string
  /** Markdown, a few sentences. */
  description: string
  /** Who may call it: an app's or a platform service's key, a person's session, either, or anyone. */
  access: 'key' | 'session' | 'key or session' | 'anyone'
  /** By name in the path. */
  path?: Readonly<Record<string, { description: string; example: string }>>
  /** The schema that reads the address; a member that is a list may be repeated. */
  query?: z.ZodObject
  /** Members of `query` that are written as `name[key]=value`. */
  deepObjects?: readonly string[]
  headers?: Readonly<Record<string, { description: string; example?: string }>>
  body?: Body
  answers: readonly AnswerDoc[]
  /** Statuses of the problems it may answer with, beside those that every route may: 500 and 503. */
  problems: readonly number[]
  /** How to call it with curl, after the origin; `$KEY` stands for a key. */
  curl: string
}

export interface Body {
  isRequired: boolean
  content: Readonly<Record<string, Content>>
}

export interface Content {
  schema: z.ZodType
  /** Checked against the schema in the tests; text for what is no JSON. */
  example: unknown
}

export interface AnswerDoc {
  status: number
  description: string
  /** By media type; left out: no body. */
  content?: Readonly<Record<string, Content>>
  headers?: Readonly<Record<string, string>>
}

/** The body of an RFC 9457 problem, as every error of the interface has it. */
export const ProblemBody = z
  .object({
    type: z.url().meta({ description: 'Which kind of problem; its page explains it.' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'What was expected and what was found.' }),
    instance: z.string().meta({ description: '`urn:request:` and the id of the request, also in `X-Request-Id`.' }),
    'violated-policies': z
      .array(z.string())
      .optional()
      .meta({ description: 'With 429: the limits that were reached.' }),
    extensions: z
      .looseObject({
        validationErrors: z
          .array(
            z.object({
              field: z.string(),
              code: z.string(),
              message: z.string(),
              index: z.int().optional().meta({ description: 'Which event of the request, from 0.' }),
            }),
          )
          .optional(),
      })
      .optional(),
  })
  .meta({ id: 'Problem' })

export const InstantOut = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC, to the microsecond.' })
export const DecimalOut = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .meta({ description: 'An exact decimal number, all its digits, as text.' })

export const csvOf = (example: string): Content => ({ schema: z.string(), example })

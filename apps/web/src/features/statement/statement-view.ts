// Statement: the pages of what a space pays: its months, their lines, the entries behind a line and the events behind an entry.
// Promises: every figure is the server's own text; nothing here adds, multiplies or rounds one. What may change is marked so.
// Does not know: how entries are priced, who may close a month, how files are written.
import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/trpc/router.ts'

type Answers = inferRouterOutputs<AppRouter>['statements']

export type MonthView = Answers['list']['months'][number]
export type StatementView = Answers['get']
export type ProvisionalView = Answers['provisional']
export type LineView = StatementView['lines'][number]
export type EntryView = Answers['entries']['entries'][number]
export type EntryEventView = Answers['events']['events'][number]
export type StatementState = StatementView['state']

import { type Difference, scopeKey } from './difference.ts'

/** Those of the second look that the first look had found too, of the same size: what comes or changes between two looks is still moving. */
export function sameDifferences(first: readonly Difference[], second: readonly Difference[]): Difference[] {
  const sizes = new Map(first.map((each) => [scopeKey(each), each.difference]))
  return second.filter((each) => sizes.get(scopeKey(each)) === each.difference)
}

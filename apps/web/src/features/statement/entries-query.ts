/** How a page of a long answer leads to the next; the same for the server's first read and the browser's later ones. */
export const entriesOf = {
  getNextPageParam: (last: { cursor: string | null }) => last.cursor,
}

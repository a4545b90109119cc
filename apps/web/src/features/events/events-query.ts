/** How a page of events leads to the next; the same for the server's first read and the browser's later ones. */
export const pagesOf = { getNextPageParam: (last: { next: string | null }) => last.next ?? undefined }

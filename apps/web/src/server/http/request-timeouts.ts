/**
 * For `createServer`, in milliseconds: a sender that dribbles its headers, or its whole request, is cut off with 408, so that it cannot hold a
 * connection for nothing. Node looks every `connectionsCheckingInterval`.
 */
export const REQUEST_TIMEOUTS = { headersTimeout: 15_000, requestTimeout: 60_000, connectionsCheckingInterval: 5_000 }

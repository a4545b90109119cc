import { getAuth } from '../../../../server/auth/auth.ts'
import { isAuthPath } from '../../../../server/auth/auth-paths.ts'
import { foreignRequest, refuseForeign } from '../../../../server/auth/foreign-request.ts'
import { trustedOrigins } from '../../../../server/auth/origins.ts'
import { getWebEnv } from '../../../../server/env.ts'

export const dynamic = 'force-dynamic'

const handle = (request: Request): Response | Promise<Response> => {
  if (!isAuthPath(request)) return new Response(null, { status: 404 })
  const foreign = foreignRequest(request, trustedOrigins(getWebEnv()))
  return foreign ? refuseForeign(foreign) : getAuth().handler(request)
}

export { handle as GET, handle as POST }

import { getAuth } from '../../../../server/auth/auth.ts'

export const dynamic = 'force-dynamic'

const handle = (request: Request) => getAuth().handler(request)

export { handle as GET, handle as POST }

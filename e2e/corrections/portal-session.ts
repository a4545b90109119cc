/** Somebody signed in, asking the portal's procedures over HTTP as its pages do. */
export interface PortalSession {
  query<Answer>(procedure: string, input: object): Promise<Answer>
  mutate<Answer>(procedure: string, input: object): Promise<Answer>
}

/** Signs in by password. Throws if the portal does not let the person in. */
export async function openPortalSession(
  url: string,
  person: { email: string; password: string },
): Promise<PortalSession> {
  const answer = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(person),
  })
  if (answer.status !== 200) throw new Error(`expected to be signed in, found ${answer.status}: ${await answer.text()}`)
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
  const ask = async <Answer>(path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}/api/trpc/${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', cookie, origin: url },
    })
    const text = await response.text()
    if (response.status !== 200)
      throw new Error(`expected ${path.split('?')[0]} to answer, found ${response.status}: ${text}`)
    return (JSON.parse(text) as { result: { data: Answer } }).result.data
  }
  return {
    query: (procedure, input) => ask(`${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`, {}),
    mutate: (procedure, input) => ask(procedure, { method: 'POST', body: JSON.stringify(input) }),
  }
}

/** A meter's total over all time, by the public query route; 0 when it has no row yet. Throws on any other answer than 200. */
export async function readTotal(input: { url: string; key: string; meter: string }): Promise<number> {
  const answer = await fetch(new URL(`/api/v1/meters/${input.meter}/query`, input.url), {
    headers: { authorization: `Bearer ${input.key}` },
  })
  if (answer.status !== 200) throw new Error(`expected 200, found ${answer.status}: ${await answer.text()}`)
  const { data } = (await answer.json()) as { data: { value: number }[] }
  return data[0]?.value ?? 0
}

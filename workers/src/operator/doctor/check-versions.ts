import { readSessionName } from '@meterbook/db/code-version'
import { listSessionNames, type Pool } from '@meterbook/db/postgres'
import { codeOf, type Finding, unknown, well, wrong } from './finding.ts'

/** Whether the running processes, which name their code in Postgres, run that of this checkout. */
export async function checkVersions(pool: Pool, version: string): Promise<Finding> {
  const name = 'Versions'
  try {
    const running = (await listSessionNames(pool)).flatMap((session) => readSessionName(session) ?? [])
    if (running.length === 0) return unknown(name, 'no process of Meterbook is connected')
    const other = running.filter((each) => each.version !== version)
    if (other.length === 0) return well(name, `all processes run ${version}`)
    const words = other.map((each) => `${each.process} runs ${each.version}`)
    return wrong(
      name,
      `this checkout is ${version}, ${words.join(', ')}`,
      'restart those processes from this checkout, or use the command line of the version that runs; old and new may run side by side for the time of an upgrade',
    )
  } catch (error) {
    return unknown(name, `the question failed (${codeOf(error)})`)
  }
}

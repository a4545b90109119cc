import fs from 'node:fs'
import path from 'node:path'
import { type Finding, well, wrong } from './finding.ts'

const OTHERS = 0o077
const IN_HOME = ['secrets.json', 'services.json', 'demo.json']

/** Whether files that hold secrets are their owner's alone: those of the home, and the .env of the containers. */
export function checkSecrets({ home, checkout }: { home: string; checkout: string }): Finding {
  const files = [...IN_HOME.map((name) => path.join(home, name)), path.join(checkout, '.env')]
  const there = files.flatMap((file) => {
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    return stat ? [{ file, mode: stat.mode & 0o777, uid: stat.uid }] : []
  })
  const open = there.filter(({ mode }) => (mode & OTHERS) !== 0)
  if (open.length === 0) return well('Secrets', `${there.length} files with secrets are private to their owner`)
  const words = open.map(({ file, mode }) => `${file} is ${mode.toString(8)}`)
  return wrong(
    'Secrets',
    `others can read them: ${words.join(', ')}`,
    `chmod 600 ${open.map(({ file }) => file).join(' ')}; where other people have accounts on this machine, take the passwords in it for known and change them`,
  )
}

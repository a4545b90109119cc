import fs from 'node:fs'
import path from 'node:path'
import type { Archive } from './index.ts'

const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700

/** Files in a folder, for its owner alone: they hold the events. */
export function createFolderArchive(folder: string): Archive {
  const root = path.resolve(folder)
  const at = (name: string) => {
    const file = path.resolve(root, name)
    if (!file.startsWith(root + path.sep)) throw new Error(`expected a name within the archive, found ${name}`)
    return file
  }
  return {
    place: root,
    async put(name, file) {
      const target = at(name)
      await fs.promises.mkdir(path.dirname(target), { recursive: true, mode: PRIVATE_FOLDER })
      const part = `${target}.part`
      await fs.promises.copyFile(file, part)
      await fs.promises.chmod(part, PRIVATE_FILE)
      await sync(part)
      // A link fails where the name is taken, which a rename does not.
      await fs.promises.link(part, target)
      await fs.promises.unlink(part)
      await sync(path.dirname(target))
    },
    async get(name, file) {
      try {
        await fs.promises.copyFile(at(name), file)
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
        throw error
      }
    },
  }
}

/** To the disk: what the ledger says is archived must be there after a power cut. */
async function sync(place: string): Promise<void> {
  const handle = await fs.promises.open(place, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

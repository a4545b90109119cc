import fs from 'node:fs'
import { readCatalogueFile } from '@meterbook/db/postgres/catalogue-acts'
import { writeCatalogueYaml } from '../catalogue-yaml.ts'
import { type CommandContext, EXIT, type ExitCode } from '../command.ts'

/** `export catalogue`: the catalogue as it is, in the form that `apply` takes; to a file, or as the answer. */
export async function writeCatalogue(context: CommandContext, values: Record<string, unknown>): Promise<ExitCode> {
  const file = typeof values.out === 'string' ? values.out : null
  const catalogue = await readCatalogueFile(context.stores().pool)
  const text = writeCatalogueYaml(catalogue)
  const { spaces, apps, meters } = catalogue
  if (file !== null) await fs.promises.writeFile(file, text, { flag: 'wx' })
  if (context.isJson) context.print(JSON.stringify({ ok: true, ...(file === null ? { catalogue } : { file }) }))
  else if (file === null) context.print(text.trimEnd())
  else {
    const size = `${spaces.length} spaces, ${apps.length} apps, ${meters.length} meters`
    context.print(`the catalogue is written to ${file}: ${size}`)
  }
  return EXIT.well
}

// Makes what is published: plain JavaScript and types for Node 18 and the edge, in dist/, with a package.json of its own.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const TSC = path.resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
const dist = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, 'dist'))

fs.rmSync(dist, { recursive: true, force: true })
const project = path.join(import.meta.dirname, 'tsconfig.build.json')
const { status } = spawnSync(process.execPath, [TSC, '-p', project, '--outDir', dist], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

const { name, version, type, license, engines } = readJson('package.json')
const at = (file: string) => ({ types: `./${file}.d.ts`, default: `./${file}.js` })
const exported = { '.': at('index'), './node': at('node/index') }
write('package.json', `${JSON.stringify({ name, version, type, license, engines, exports: exported }, null, 2)}\n`)
write('README.md', fs.readFileSync(path.join(import.meta.dirname, 'README.md'), 'utf8'))

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(fs.readFileSync(path.join(import.meta.dirname, file), 'utf8')) as Record<string, unknown>
}

function write(file: string, text: string): void {
  fs.writeFileSync(path.join(dist, file), text)
}

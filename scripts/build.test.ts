import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { buildPackages } from './build/build-packages.ts'
import { leftOverPath, moduleUrls, rewriteModuleUrls } from './build/module-url.ts'

const repository = join(import.meta.dirname, '..')
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-build-'))
  folders.push(folder)
  return folder
}

function write(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

const WORKER_CODE = `import { twice } from '@w/base'
import { Worker } from 'node:worker_threads'
export const run = (): Promise<number> => new Promise((done) => {
  new Worker(new URL('./twice-worker.ts', import.meta.url), { workerData: twice(21) }).once('message', done)
})
`

/** A workspace of three packages: one with a worker and a command that imports another, and a private one. */
function workspace(extra: Record<string, string> = {}): string {
  const root = temporary()
  write(root, {
    'package.json': '{"name":"w","version":"1.0.0","license":"Apache-2.0","engines":{"node":">=18"}}',
    LICENSE: 'the licence',
    'packages/base/package.json': '{"name":"@w/base","version":"1.2.3","type":"module","exports":{".":"./src/index.ts"},"dependencies":{}}',
    'packages/base/src/index.ts': `export type { Twice } from './twice.ts'\nexport { twice } from './twice.ts'\n`,
    'packages/base/src/twice.ts': 'export type Twice = (value: number) => number\nexport const twice: Twice = (value) => 2 * value\n',
    'packages/base/src/twice.test.ts': `import { gone } from './gone.ts'\n`,
    'packages/base/src/table.json': '[1]',
    'packages/app/package.json':
      '{"name":"@w/app","version":"1.0.0","type":"module","exports":{".":"./src/index.ts","./bin":"./bin/app.js"},"bin":{"app":"./bin/app.js"},' +
      '"dependencies":{"@w/base":"*"},"devDependencies":{"x":"1"},"scripts":{"x":"y"}}',
    'packages/app/bin/app.js': `import { run } from '../dist/index.js'\nconsole.log(await run())\n`,
    'packages/app/src/index.ts': WORKER_CODE,
    'packages/app/src/twice-worker.ts': `import { parentPort, workerData } from 'node:worker_threads'\nparentPort?.postMessage(workerData as number)\n`,
    'packages/kit/package.json': '{"name":"@w/kit","version":"1.0.0","type":"module","private":true,"exports":{".":"./src/index.ts"}}',
    'packages/kit/src/index.ts': 'export const kit = 1\n',
    ...extra,
  })
  for (const config of ['tsconfig.json', 'tsconfig.build.json']) cpSync(join(repository, config), join(root, config))
  mkdirSync(join(root, 'node_modules/@w'), { recursive: true })
  for (const name of ['typescript', '@types', 'undici-types'])
    symlinkSync(join(repository, 'node_modules', name), join(root, 'node_modules', name))
  for (const name of ['base', 'app']) symlinkSync(join(root, 'packages', name), join(root, 'node_modules/@w', name))
  return root
}

describe('buildPackages', () => {
  it('builds packages that run as plain JavaScript under node_modules, workers and commands included', () => {
    const root = workspace()
    const built = buildPackages({ root, out: join(root, 'build') })
    const user = temporary()
    for (const folder of built)
      cpSync(folder, join(user, 'node_modules/@w', folder.slice(join(root, 'build').length + 1)), { recursive: true })
    expect(execFileSync(process.execPath, [join(user, 'node_modules/@w/app/bin/app.js')], { encoding: 'utf8' })).toBe('42\n')
  })
  it('leaves out private packages, tests and what only development needs', () => {
    const root = workspace()
    buildPackages({ root, out: join(root, 'build') })
    expect(existsSync(join(root, 'build/kit'))).toBe(false)
    expect(existsSync(join(root, 'build/.compiled'))).toBe(false)
    expect(existsSync(join(root, 'build/base/dist/twice.test.js'))).toBe(false)
    expect(readFileSync(join(root, 'build/base/dist/table.json'), 'utf8')).toBe('[1]')
    expect(readFileSync(join(root, 'build/app/LICENSE'), 'utf8')).toBe('the licence')
    expect(JSON.parse(readFileSync(join(root, 'build/app/package.json'), 'utf8'))).toEqual({
      name: '@w/app',
      version: '1.0.0',
      type: 'module',
      license: 'Apache-2.0',
      engines: { node: '>=18' },
      bin: { app: './bin/app.js' },
      exports: {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './bin': './bin/app.js',
        './package.json': './package.json',
      },
      files: ['dist', 'bin'],
      dependencies: { '@w/base': '1.2.3' },
    })
  })
  it('ships declarations that a project with the same compiler can use', () => {
    const root = workspace()
    buildPackages({ root, out: join(root, 'build') })
    const user = temporary()
    cpSync(join(root, 'build/base'), join(user, 'node_modules/@w/base'), { recursive: true })
    write(user, {
      'a.ts': `import { type Twice, twice } from '@w/base'\nexport const f: Twice = twice\nexport const wrong: string = twice(1)\n`,
    })
    const options = ['--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', '', '--strict', 'a.ts']
    let told = ''
    try {
      execFileSync(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), ...options], { cwd: user, encoding: 'utf8' })
    } catch (error) {
      told = (error as { stdout: string }).stdout
    }
    expect(told.trim().split('\n')).toEqual([
      expect.stringContaining(`a.ts(3,14): error TS2322: Type 'number' is not assignable to type 'string'`),
    ])
  })
  it('refuses code that does not compile, and says where', () => {
    const root = workspace({ 'packages/base/src/wrong.ts': 'export const a: string = 1\n' })
    expect(() => buildPackages({ root, out: join(root, 'build') })).toThrow(/packages\/base\/src\/wrong\.ts\(1,14\)/)
  })
  it('refuses a module address in another form, as it would be lost', () => {
    const root = workspace({
      'packages/base/src/lost.ts': `export const lost = import.meta.dirname + '/../src/lost.ts'\nexport const path = './lost.ts'\n`,
    })
    expect(() => buildPackages({ root, out: join(root, 'build') })).toThrow(expect.objectContaining({ code: 'build/lost-module' }))
  })
})

describe('module addresses', () => {
  it('points every form of new URL at the built file and leaves other text alone', () => {
    expect(rewriteModuleUrls(`new URL("../a/b-worker.ts", import.meta.url)`)).toBe(`new URL("../a/b-worker.js", import.meta.url)`)
    expect(rewriteModuleUrls(`new URL(\n  './b.ts',\n  import.meta.url,\n)`)).toBe(`new URL(\n  './b.js',\n  import.meta.url,\n)`)
    expect(rewriteModuleUrls(`new URL('./b.ts', base) + './b.ts'`)).toBe(`new URL('./b.ts', base) + './b.ts'`)
    expect(moduleUrls(`new URL('./b.js', import.meta.url); new URL('..', import.meta.url)`)).toEqual(['./b.js'])
  })
  it('finds relative TypeScript paths in code, not in comments', () => {
    expect(leftOverPath(`const a = './b.ts'`)).toBe(`'./b.ts'`)
    expect(leftOverPath(`// './b.ts'\n/** \n * './b.ts' */\nconst a = 'assets.ts'`)).toBe(undefined)
  })
})

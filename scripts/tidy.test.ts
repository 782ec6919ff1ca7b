import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { spreadOf } from './tidy/size-rule.ts'
import { tidy } from './tidy/tidy.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Findings of a tree of files, as `path:line rule`. */
function found(files: Record<string, string>): string[] {
  return report(files).findings.map(({ path, line, rule }) => `${path}${line === undefined ? '' : `:${line}`} ${rule}`)
}

function report(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'millrace-tidy-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return tidy(root)
}

const lines = (count: number) => 'x()\n'.repeat(count)

describe('direction', () => {
  it('refuses an engine that imports another engine, and says which line', () => {
    expect(found({ 'packages/engine-stream/src/a.ts': `\nimport { b } from '@millrace/engine-duckdb'\n` })).toEqual([
      'packages/engine-stream/src/a.ts:2 direction',
    ])
  })
  it('refuses a wrong direction of types, re-exports and dynamic imports too', () => {
    const faults = {
      'packages/columnar/src/a.ts': `import type { B } from '@millrace/core'\n`,
      'packages/columnar/src/b.ts': `export { c } from '@millrace/core'\n`,
      'packages/columnar/src/c.ts': `export const d = () => import('@millrace/core')\n`,
      'packages/columnar/src/d.ts': `export type D = import('@millrace/core').D\n`,
    }
    expect(found(faults)).toHaveLength(4)
  })
  it('lets reference be imported by testkit and cli, and by no engine', () => {
    const text = `import { run } from '@millrace/reference'\n`
    expect(found({ 'packages/testkit/src/a.ts': text, 'packages/cli/src/a.ts': text })).toEqual([])
    expect(found({ 'packages/engine-duckdb/src/a.ts': text })).toEqual(['packages/engine-duckdb/src/a.ts:1 direction'])
  })
  it('lets tests import testkit, and code that runs at the user not', () => {
    const text = `import { suite } from '@millrace/testkit'\n`
    expect(found({ 'packages/lake/src/a.test.ts': text })).toEqual([])
    expect(found({ 'packages/cli/src/a.ts': text })).toEqual(['packages/cli/src/a.ts:1 direction'])
  })
  it('refuses a package test that imports a composition root', () => {
    expect(found({ 'packages/lake/src/a.test.ts': `import { main } from '@millrace/cli'\n` })).toEqual([
      'packages/lake/src/a.test.ts:1 direction',
    ])
  })
  it('refuses a relative path into another package', () => {
    expect(found({ 'packages/lake/src/a.ts': `import { x } from '../../core/src/x.ts'\n` })).toEqual(['packages/lake/src/a.ts:1 direction'])
  })
  it('refuses a package without a place in the table', () => {
    expect(found({ 'packages/newcomer/src/a.ts': '' })).toEqual(['packages/newcomer direction'])
  })
  it('holds the order of the rooms of core', () => {
    const text = `import type { Plan } from '../plan/plan.ts'\n`
    expect(found({ 'packages/core/src/expr/a.ts': text })).toEqual(['packages/core/src/expr/a.ts:1 direction'])
    expect(found({ 'packages/core/src/compile/a.ts': text })).toEqual([])
    expect(found({ 'packages/core/src/newcomer/a.ts': text })).toEqual(['packages/core/src/newcomer/a.ts:1 direction'])
    expect(found({ 'packages/core/src/expr/a.ts': `import { all } from '../index.ts'\n` })).toEqual([
      'packages/core/src/expr/a.ts:1 direction',
    ])
  })
  it('lets core/port import types only', () => {
    expect(found({ 'packages/core/src/port/a.ts': `import type { Plan } from '../plan/plan.ts'\n` })).toEqual([])
    expect(found({ 'packages/core/src/port/a.ts': `import { check } from '../plan/plan.ts'\n` })).toEqual([
      'packages/core/src/port/a.ts:1 direction',
    ])
  })
  it('keeps even types of core out of engine-stream/src/run', () => {
    const text = `import type { Plan } from '@millrace/core'\n`
    expect(found({ 'packages/engine-stream/src/run/a.ts': text })).toEqual(['packages/engine-stream/src/run/a.ts:1 direction'])
    expect(found({ 'packages/engine-stream/src/lower/a.ts': text })).toEqual([])
  })
  it('lets an example import only the facade', () => {
    expect(found({ 'examples/shop/a.ts': `import { stream } from 'millrace'\n` })).toEqual([])
    expect(found({ 'examples/shop/a.ts': `import { stream } from '@millrace/core'\n` })).toEqual(['examples/shop/a.ts:1 direction'])
  })
})

describe('cycle', () => {
  it('tells a circle of three files once, by its shortest way', () => {
    const { findings } = report({
      'packages/core/src/type/a.ts': `import { b } from './b.ts'\nexport const a = b\n`,
      'packages/core/src/type/b.ts': `import { c } from './c.ts'\nexport const b = c\n`,
      'packages/core/src/type/c.ts': `export { a as c } from './a.ts'\n`,
    })
    expect(findings).toHaveLength(1)
    expect(findings[0].message).toContain(
      'type/a.ts -> packages/core/src/type/b.ts -> packages/core/src/type/c.ts -> packages/core/src/type/a.ts',
    )
  })
  it('sees a circle through package names', () => {
    const circle = {
      'packages/cli/src/index.ts': `import { facade } from 'millrace'\n`,
      'packages/millrace/src/index.ts': `import { main } from '@millrace/cli'\n`,
    }
    expect(found(circle)).toEqual(['packages/cli/src/index.ts cycle'])
  })
  it('sees two circles apart, and a file that imports itself', () => {
    const circles = {
      'scripts/a.ts': `import './b.ts'\n`,
      'scripts/b.ts': `import './a.ts'\nimport './c.ts'\n`,
      'scripts/c.ts': `import './d.ts'\n`,
      'scripts/d.ts': `import './c.ts'\n`,
      'scripts/e.ts': `import './e.ts'\n`,
    }
    expect(found(circles)).toEqual(expect.arrayContaining(['scripts/a.ts cycle', 'scripts/c.ts cycle', 'scripts/e.ts cycle']))
    expect(found(circles)).toHaveLength(3)
  })
  it('lets types and dynamic imports go round', () => {
    const rounds = {
      'scripts/a.ts': `import type { B } from './b.ts'\n`,
      'scripts/b.ts': `import { a } from './a.ts'\n`,
      'scripts/c.ts': `export const d = () => import('./d.ts')\n`,
      'scripts/d.ts': `import { d } from './c.ts'\n`,
    }
    expect(found(rounds)).toEqual([])
  })
})

describe('size', () => {
  it('refuses a file of 601 lines and lets one of 600 be', () => {
    expect(found({ 'scripts/a.ts': lines(601) })).toEqual(['scripts/a.ts size'])
    expect(found({ 'scripts/a.ts': lines(600) })).toEqual([])
  })
  it('refuses functions of 71 lines: declared, arrow and method', () => {
    const body = lines(68)
    const long = `function f() {\n${body}}\nconst g = () => {\n${body}}\nclass C {\n  m() {\n${body}  }\n}\n`
    expect(found({ 'scripts/a.ts': long })).toEqual([])
    const longer = long.replaceAll('() {\n', '() {\n\n').replace('=> {\n', '=> {\n\n')
    expect(report({ 'scripts/a.ts': longer }).findings.map(({ message }) => message.split(' ')[0])).toEqual(['f', 'g', 'm'])
  })
  it('does not measure a list of tests', () => {
    expect(found({ 'scripts/a.test.ts': `describe.each([1])('x', () => {\n${lines(100)}})\n` })).toEqual([])
    expect(found({ 'scripts/a.test.ts': `it('x', () => {\n${lines(100)}})\n` })).toEqual(['scripts/a.test.ts:1 size'])
  })
  it('reports nearest-rank percentiles of code without its tests', () => {
    expect(spreadOf([5, 1, 4, 2, 3, 6, 7, 8, 9, 10])).toEqual({ count: 10, median: 5, p90: 9, max: 10 })
    expect(spreadOf([])).toEqual({ count: 0, median: 0, p90: 0, max: 0 })
    const { files, functions } = report({ 'scripts/a.ts': 'function f() {\n  x()\n}\n', 'scripts/a.test.ts': lines(50) })
    expect([files.max, functions.max]).toEqual([3, 3])
  })
})

describe('bans', () => {
  it('refuses any in core and nowhere else, and not in words', () => {
    expect(found({ 'packages/core/src/type/a.ts': 'let a: any\n' })).toEqual(['packages/core/src/type/a.ts:1 any'])
    expect(found({ 'packages/lake/src/a.ts': 'let a: any\n', 'packages/core/src/type/a.ts': `// any\nlet a = 'any'\n` })).toEqual([])
  })
  it('refuses a bare error outside core/error, tests and plain JavaScript', () => {
    const text = `throw new Error('x')\n`
    expect(found({ 'packages/lake/src/a.ts': `\nthrow new TypeError('x')\n` })).toEqual(['packages/lake/src/a.ts:2 error'])
    expect(found({ 'scripts/a.ts': `throw Error('x')\n` })).toEqual(['scripts/a.ts:1 error'])
    expect(found({ 'packages/core/src/error/a.ts': text, 'packages/lake/src/a.test.ts': text, 'scripts/a.mjs': text })).toEqual([])
  })
  it('tells of a file that does not parse', () => {
    expect(found({ 'scripts/a.ts': 'let = = 1\n' })).toEqual(['scripts/a.ts syntax'])
  })
})

describe('name', () => {
  it.each(['scripts/camelCase.ts', 'scripts/snake_case.test.ts', 'packages/core/src/Type/a.ts', 'scripts/Pascal.ts'])(
    'refuses %s: not kebab-case',
    (path) => {
      expect(found({ [path]: '' })).toEqual([`${path} name`])
    },
  )
  it.each(['scripts/plan-manager.ts', 'scripts/utils.ts', 'scripts/test-helper.test.ts', 'scripts/services/a.ts', 'scripts/types.ts'])(
    'refuses %s: no noun',
    (path) => {
      expect(found({ [path]: '' })).toEqual([`${path} name`])
    },
  )
  it.each([
    'scripts/a-b.property.test.ts',
    'scripts/a.bench.ts',
    'packages/console/src/PlanView.tsx',
    'scripts/common-type.ts',
    'scripts/services-command.ts',
    'docs/Any_Name.md',
  ])('accepts %s', (path) => {
    expect(found({ [path]: '' })).toEqual([])
  })
})

describe('text', () => {
  const machine = ['', 'work', 'main'].join('/')
  it('refuses paths of one machine in any text file', () => {
    expect(found({ 'docs/a.md': `see\n\`${machine}/x\`\n` })).toEqual(['docs/a.md:2 text'])
    expect(found({ 'a.json': `{"a":"${['', 'root', '.cache'].join('/')}"}` })).toEqual(['a.json:1 text'])
  })
  it('lets the same words be inside other paths', () => {
    expect(found({ 'docs/a.md': `net${machine}/x, ./work/x, https://host.example${machine}, /workers/x\n` })).toEqual([])
  })
  it('refuses the host of a package registry', () => {
    expect(found({ '.npmrc': `registry=https://${['registry', 'npmjs', 'org'].join('.')}/\n` })).toEqual(['.npmrc:1 text'])
  })
})

describe('lock', () => {
  const lock = (packages: Record<string, unknown>) => ({ 'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }) })
  it('refuses addresses in the lock file', () => {
    expect(found(lock({ 'node_modules/a': { version: '1.0.0', resolved: 'https://mirror.example/a.tgz' } }))).toEqual([
      'package-lock.json lock',
    ])
    expect(found(lock({ 'node_modules/a': { resolved: 'packages/a', link: true } }))).toEqual([])
  })
  it('refuses a lock without the optional packages of another platform', () => {
    const parent = { version: '1.0.0', optionalDependencies: { '@a/win32-x64': '1.0.0' } }
    expect(found(lock({ 'node_modules/a': parent }))).toEqual(['package-lock.json lock'])
    expect(found(lock({ 'node_modules/a': parent, 'node_modules/@a/win32-x64': { version: '1.0.0' } }))).toEqual([])
    expect(found(lock({ 'node_modules/b/node_modules/a': parent, 'node_modules/b/node_modules/@a/win32-x64': {} }))).toEqual([])
    expect(found(lock({ 'node_modules/a': parent, 'node_modules/b/node_modules/@a/win32-x64': {} }))).toEqual(['package-lock.json lock'])
  })
  it('refuses a lock that lacks a workspace package or has other dependencies', () => {
    const workspace = {
      'docs/internals/dependencies.md': '`a`',
      'packages/core/package.json': '{"name":"@millrace/core","dependencies":{"a":"1.0.0"}}',
    }
    expect(found({ ...lock({}), ...workspace })).toEqual(['package-lock.json lock'])
    expect(found({ ...lock({ 'packages/core': { dependencies: { a: '1.0.1' } } }), ...workspace })).toEqual(['package-lock.json lock'])
    expect(found({ ...lock({ 'packages/core': { dependencies: { a: '1.0.0' } } }), ...workspace })).toEqual([])
  })
})

describe('dependency', () => {
  it('refuses a dependency without a reason, and one without an exact version', () => {
    const page = { 'docs/internals/dependencies.md': '| `known` | because |\n' }
    const asking = (dependencies: string) => ({
      ...page,
      'packages/core/package.json': `{"name":"@millrace/core","dependencies":${dependencies}}`,
    })
    expect(found(asking('{"known":"1.0.0"}'))).toEqual([])
    expect(found(asking('{"unknown":"1.0.0"}'))).toEqual(['packages/core/package.json dependency'])
    expect(found(asking('{"known":"^1.0.0"}'))).toEqual(['packages/core/package.json dependency'])
  })
})

describe('link', () => {
  it('refuses links to missing files, missing headings and out of the repository', () => {
    const page = 'see [a](guide/a.md), [b](b.md#gone), [c](../../c.md) and [d](/d.md)\n'
    expect(found({ 'docs/index.md': page, 'docs/b.md': '# B\n' })).toEqual(Array(4).fill('docs/index.md:1 link'))
  })
  it('accepts files, folders, headings, other sites, and what stands in code', () => {
    const page =
      '# One, two\n[a](guide/a.md) [b](#one-two) [c](https://example.org/x) [d](../packages) `[e](gone.md)`\n```\n[f](gone.md)\n```\n'
    expect(found({ 'docs/index.md': page, 'docs/guide/a.md': '', 'packages/core/src/index.ts': '' })).toEqual([])
  })
})

it('leaves installed and built files alone', () => {
  expect(
    found({ 'node_modules/a/utils.ts': 'let a: any', 'packages/core/node_modules/b/types.ts': '', 'build/core/utils.js': '' }),
  ).toEqual([])
})

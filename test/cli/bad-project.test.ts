import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { expectFailure, type Failing } from '../harness/failure.ts'
import { CONFIGURATION, exampleWith, lineOf, ProjectFolder } from '../harness/project-folder.ts'
import { freshFolder } from '../harness/state-folder.ts'

// Mistakes in a project are answered with the file and line they stand in, before anything is started or written.

interface BadProject extends Failing {
  readonly files: Readonly<Record<string, string>>
  /** File, and a text of the line that is named. */
  readonly at?: readonly [file: string, text?: string]
}

const usual = exampleWith('web.access', 'web.access')
const example = (text: string, other: string) => ({ 'millrace.config.ts': CONFIGURATION, 'weblogs.ts': exampleWith(text, other) })
const configured = (settings: string) => ({ 'millrace.config.ts': `export default ${settings}\n`, 'weblogs.ts': usual })

const cases: Readonly<Record<string, BadProject>> = {
  'an unknown column in a condition': {
    files: example('gte(r.status, 400)', 'gte(r.statsu, 400)'),
    code: 'project/unknown-column',
    says: ['statsu', 'status'],
    at: ['weblogs.ts', 'r.statsu'],
  },
  'an unknown column in an alert': {
    files: example('gt(a.hits, 600)', 'gt(a.hit, 600)'),
    code: 'project/unknown-column',
    says: ['hit', 'hits'],
    at: ['weblogs.ts', 'a.hit'],
  },
  'an unknown column as entity': {
    files: example("entity: 'ip'", "entity: 'adress'"),
    code: 'project/unknown-column',
    says: ['adress'],
    at: ['weblogs.ts'],
  },
  'an unknown event time': {
    files: example("eventTime: 'event_time'", "eventTime: 'evnt_time'"),
    code: 'project/unknown-column',
    says: ['evnt_time'],
    at: ['weblogs.ts'],
  },
  'two assets of one name in one file': {
    files: example("alert('attacks'", "alert('ip_activity'"),
    code: 'project/duplicate-asset',
    says: ['ip_activity'],
    at: ['weblogs.ts'],
  },
  'two assets of one name in two files': {
    files: { ...example('web.access', 'web.access'), 'second.ts': usual },
    code: 'project/duplicate-asset',
    says: ['requests', 'weblogs.ts', 'second.ts'],
    at: ['weblogs.ts'],
  },
  'files that need each other': {
    files: {
      'millrace.config.ts': CONFIGURATION,
      'a.ts': "import { b } from './b.ts'\nexport const a = { of: b.name }\n",
      'b.ts': "import { a } from './a.ts'\nexport const b = { name: 'b', of: a.of }\n",
    },
    code: 'project/cycle',
    says: ['a.ts'],
  },
  'a typo in a setting': {
    files: configured("{ name: 'weblogs', partitons: 8 }"),
    code: 'project/unknown-setting',
    says: ['partitons', 'partitions'],
    at: ['millrace.config.ts'],
  },
  'a setting of the wrong kind': {
    files: configured("{ name: 'weblogs', partitions: 'many' }"),
    code: 'project/bad-setting',
    says: ['many'],
    at: ['millrace.config.ts'],
  },
  'more partitions than there may be': {
    files: configured("{ name: 'weblogs', partitions: 5000 }"),
    code: 'project/bad-setting',
    says: ['5000', '256'],
    at: ['millrace.config.ts'],
  },
  'a project without a name': { files: configured('{}'), code: 'project/bad-name', at: ['millrace.config.ts'] },
  'a configuration without default export': {
    files: { 'millrace.config.ts': "export const project = { name: 'weblogs' }\n" },
    code: 'project/no-default-export',
    at: ['millrace.config.ts'],
  },
  'patterns that match no file': {
    files: configured("{ name: 'weblogs', assets: ['asets/*.ts'] }"),
    code: 'project/no-files',
    says: ['asets/*.ts'],
    at: ['millrace.config.ts'],
  },
  'text that is no TypeScript': {
    files: example("window: hopping('5m', { every: '1m' }),", "window: hopping('5m', { every: '1m' ),"),
    code: 'project/does-not-compile',
    says: ['weblogs.ts'],
    at: ['weblogs.ts', "'1m' ),"],
  },
  'a name that nobody declared': {
    files: example('eq(r.status, 401)', 'equals(r.status, 401)'),
    code: 'project/does-not-compile',
    says: ['equals'],
    at: ['weblogs.ts', 'equals('],
  },
  'an export that the library does not have': {
    files: example('contract, count,', 'contract, counting, count,'),
    code: 'project/does-not-compile',
    says: ['counting'],
    at: ['weblogs.ts'],
  },
  'an import that is not there': {
    files: { ...example('web.access', 'web.access'), 'more.ts': "import { x } from './gone.ts'\nexport const y = x\n" },
    code: 'project/missing-import',
    says: ['gone.ts'],
    at: ['more.ts'],
  },
  'a configuration that throws': {
    files: { 'millrace.config.ts': "throw new RangeError('not today')\n" },
    code: 'project/does-not-compile',
    says: ['not today'],
    at: ['millrace.config.ts'],
  },
  'a window that its steps do not divide': {
    files: example("hopping('5m', { every: '1m' })", "hopping('5m', { every: '2m' })"),
    code: 'plan/not-divisible',
  },
  'a duration that is none': {
    files: example("cooldown: '10m'", "cooldown: '10 minutes'"),
    code: 'project/bad-duration',
    says: ['10 minutes'],
    at: ['weblogs.ts'],
  },
  'a stream that does not say what happens to late rows': {
    files: example("  late: 'keep',\n", ''),
    code: 'project/missing-late',
    at: ['weblogs.ts'],
  },
  'an entity that is not the key of the log': {
    files: example("entity: 'ip'", "entity: 'path'"),
    code: 'plan/needs-exchange',
    says: ['path'],
  },
  'an asset name that SQL would have to fold': {
    files: example("alert('attacks'", "alert('Attacks'"),
    code: 'project/bad-name',
    says: ['Attacks'],
    at: ['weblogs.ts'],
  },
}

const projects: ProjectFolder[] = []
const state = join(freshFolder(), 'state')

afterAll(() => {
  for (const project of projects) project.remove()
  rmSync(join(state, '..'), { recursive: true, force: true })
})

describe.concurrent('a project with a mistake', () => {
  it.each(Object.entries(cases))('is refused for %s', async (_what, { files, at, ...failing }) => {
    const project = new ProjectFolder(files)
    projects.push(project)
    const error = expectFailure(await runCommand(['compile', '--project', project.path, '--state', state, '--json']), failing)
    if (at === undefined) return
    const [file, text] = at
    expect(error.at?.file).toBe(join(project.path, file))
    if (text !== undefined) expect(error.at?.line).toBe(lineOf(files[file], text))
  })

  it('is refused by `run` before a state folder is made', async () => {
    const project = new ProjectFolder(example('gte(r.status, 400)', 'gte(r.statsu, 400)'))
    projects.push(project)
    const outcome = await runCommand([
      'run',
      '--project',
      project.path,
      '--state',
      state,
      '--input',
      join(project.path, 'package.json'),
      '--json',
    ])
    expectFailure(outcome, { code: 'project/unknown-column' })
    expect(existsSync(state)).toBe(false)
  })
})

describe.concurrent('a plan with a mistake', () => {
  const scan = { id: 'n1', kind: 'scan', source: 's' }
  const source = {
    name: 's',
    event_time: 't',
    watermark_delay_ms: 0,
    late: 'drop',
    fields: [
      { name: 't', type: 'timestamp' },
      { name: 'num1', type: 'int64' },
    ],
  }
  const where = { fn: 'gt', args: [{ col: 'num1' }, { lit: '0', type: 'int64' }] }
  const plans: Readonly<Record<string, { readonly nodes: readonly unknown[]; readonly output: string } & Failing>> = {
    'nodes that read each other': {
      nodes: [scan, { id: 'n2', kind: 'filter', input: 'n3', where }, { id: 'n3', kind: 'filter', input: 'n2', where }],
      output: 'n3',
      code: 'plan/cycle',
      says: ['n2', 'n3'],
    },
    'a node that reads itself': {
      nodes: [scan, { id: 'n2', kind: 'filter', input: 'n2', where }],
      output: 'n2',
      code: 'plan/cycle',
      says: ['n2'],
    },
    'an unknown column': {
      nodes: [scan, { id: 'n2', kind: 'filter', input: 'n1', where: { fn: 'is_null', args: [{ col: 'num2' }] } }],
      output: 'n2',
      code: 'plan/unknown-column',
      says: ['num2', 'num1'],
    },
    'an output that is no node': { nodes: [scan], output: 'n9', code: 'plan/unknown-node', says: ['n9'] },
  }

  it.each(Object.entries(plans))('is refused for %s', async (_what, { nodes, output, ...failing }) => {
    const folder = new ProjectFolder({
      'plan.json': JSON.stringify({ millrace_plan: 1, sources: [source], nodes, output }),
      'rows.jsonl': '',
    })
    projects.push(folder)
    expectFailure(
      await runCommand(['plan-run', '--plan', join(folder.path, 'plan.json'), '--input', join(folder.path, 'rows.jsonl'), '--json']),
      failing,
    )
  })
})

import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommand, WEBLOGS } from '../harness/command.ts'
import { expectFailure, expectPlainFailure, type Failing } from '../harness/failure.ts'
import { freshFolder } from '../harness/state-folder.ts'

// Mistakes on the command line are answered before anything is started or written.

const area = freshFolder()
const state = join(area, 'state')
const project = ['--project', WEBLOGS, '--state', state]
const nowhere = ['--project', WEBLOGS, '--state', join(area, 'no-state')]

afterAll(() => rmSync(area, { recursive: true, force: true }))

const cases: readonly (readonly [what: string, args: readonly string[], failing: Failing])[] = [
  ['a command that does not exist', ['rnu', '--input', 'x.log'], { code: 'cli/usage', says: ['rnu'] }],
  ['an option that does not exist', ['run', ...project, '--input', 'x.log', '--wrokers', '2'], { code: 'cli/usage', says: ['--wrokers'] }],
  ['`run` without `--input`', ['run', ...project], { code: 'cli/usage', says: ['--input'] }],
  ['an option without its value', ['run', ...project, '--json', '--input'], { code: 'cli/usage', says: ['--input'] }],
  ['an empty `--input`', ['run', ...project, '--input', ''], { code: 'source/missing-file' }],
  ['`sql` without a statement', ['sql', ...project], { code: 'cli/usage', says: ['query'] }],
  ['one word too many', ['digest', ...project, 'ip_activity'], { code: 'cli/usage' }],
  ['no workers', ['run', ...project, '--input', 'x.log', '--workers', '0'], { code: 'cli/bad-number', says: ['--workers', '0'] }],
  ['workers that are no number', ['run', ...project, '--input', 'x.log', '--workers', 'two'], { code: 'cli/bad-number', says: ['two'] }],
  ['a port that there is not', ['dev', ...project, '--port', '65536'], { code: 'cli/bad-number', says: ['--port', '65536'] }],
  ['a negative limit', ['sql', ...project, 'select 1', '--limit', '-5'], { code: 'cli/bad-number', says: ['--limit'] }],
  ['a broken limit', ['sql', ...project, 'select 1', '--limit', '1.5'], { code: 'cli/bad-number', says: ['1.5'] }],
  [
    'an environment that cannot be named',
    ['run', ...project, '--input', join(WEBLOGS, 'weblogs.ts'), '--env', 'Prod!'],
    { code: 'cli/bad-env', says: ['Prod!'] },
  ],
  ['a state folder that is not there', ['sql', ...nowhere, 'select 1'], { code: 'state/not-found', says: [join(area, 'no-state')] }],
  ['a state folder that is a file', ['digest', '--project', WEBLOGS, '--state', join(WEBLOGS, 'weblogs.ts')], { code: 'state/not-found' }],
  [
    'a project that is not there',
    ['compile', '--project', join(area, 'nowhere')],
    { code: 'project/not-found', says: [join(area, 'nowhere')] },
  ],
  [
    'a folder that is no project',
    ['run', '--project', area, '--input', 'x.log'],
    { code: 'project/not-found', says: ['millrace.config.ts'] },
  ],
  [
    'an asset that is not there',
    ['compile', ...project, '--asset', 'ip_activty'],
    { code: 'project/unknown-asset', says: ['ip_activty', 'ip_activity'] },
  ],
  [
    'an engine that prints no SQL',
    ['explain', ...project, '--asset', 'ip_activity', '--engine', 'sqlite'],
    { code: 'engine/unsupported', says: ['sqlite'] },
  ],
  [
    'a mode that does not exist',
    ['explain', ...project, '--asset', 'ip_activity', '--mode', 'served'],
    { code: 'cli/bad-mode', says: ['served'] },
  ],
  [
    'a plan file that is not there',
    ['plan-run', '--plan', join(area, 'no.json'), '--input', join(area, 'no.jsonl')],
    { code: 'source/missing-file', says: ['no.json'] },
  ],
]

describe('the command line', () => {
  it.concurrent.each(cases)('refuses %s', async (_what, args, failing) => {
    expectFailure(await runCommand(args.includes('--json') ? args : [...args, '--json']), failing)
  })

  it('has written nothing', () => {
    expect(readdirSync(area)).toEqual([])
  })

  it('says the same without `--json` as text on standard error', async () => {
    expectPlainFailure(await runCommand(['compile', ...project, '--asset', 'ip_activty']), {
      code: 'project/unknown-asset',
      says: ['ip_activty', 'ip_activity'],
    })
  })

  it('names the engines that can', async () => {
    const outcome = await runCommand(['explain', ...project, '--asset', 'ip_activity', '--engine', 'sqlite', '--json'])
    expect(expectFailure(outcome, { code: 'engine/unsupported' })).toMatchObject({
      engine: 'sqlite',
      engines_that_can: ['duckdb', 'flink'],
    })
  })
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Digest } from '../harness/document.ts'
import { expectFailure, expectPlainFailure, type Failing } from '../harness/failure.ts'
import { madeLog } from '../harness/log-text.ts'
import { Random } from '../harness/random.ts'
import { StateFolder } from '../harness/state-folder.ts'

// Statements that write, or that reach out of the project's tables, are refused, and nothing has changed afterwards.

const log = madeLog(new Random(21), { lines: 60, from: Date.UTC(2026, 3, 1), stepMs: 5_000, disorderMs: 0, addresses: 5, oddShare: 0.05 })
const folder = new StateFolder()
const outside = join(folder.files, 'outside.csv')
let input: string
let before: Readonly<Record<string, Digest>>
let files: readonly string[]

beforeAll(async () => {
  await folder.keepServices()
  input = folder.write('some.log', log)
  await folder.run(input)
  before = await folder.digest(input)
  files = allFiles()
}, 120_000)

afterAll(() => folder.close())

function allFiles(): readonly string[] {
  return ['lake', 'log'].flatMap((name) => readdirSync(join(folder.state, name), { recursive: true, encoding: 'utf8' })).sort()
}

const readOnly: Failing = { code: 'sql/read-only' }
const notAllowed: Failing = { code: 'sql/not-allowed' }
const cases: readonly (readonly [sql: string, failing: Failing])[] = [
  ['insert into requests select * from requests', readOnly],
  ['update requests set status = 200', readOnly],
  ['delete from requests', readOnly],
  ['create table copied as select * from requests', readOnly],
  ['create or replace temp view requests as select 1', readOnly],
  ['alter table requests add column x integer', readOnly],
  [`copy requests to '${outside}'`, readOnly],
  [`export database '${outside}'`, readOnly],
  [`attach '${outside}' as other`, readOnly],
  ['install httpfs', readOnly],
  ["set memory_limit = '1TB'", readOnly],
  ['pragma database_list', readOnly],
  ['select 1; drop table requests', readOnly],
  ['with gone as (delete from requests returning *) select * from gone', { code: 'sql/syntax' }],
  ['explain analyze delete from requests', { code: 'sql/syntax' }],
  ["select * from read_text('/etc/hostname')", notAllowed],
  ["select * from '/etc/hostname'", { code: 'sql/unknown-table' }],
  ["select getenv('HOME')", notAllowed],
  ['select * from reqests', { code: 'sql/unknown-table', says: ['reqests', 'requests'] }],
  ['select sttaus from requests', { code: 'sql/unknown-column', says: ['sttaus'] }],
  ['select cast(ip as integer) from requests', { code: 'sql/failed' }],
]

describe('a statement', () => {
  it.concurrent.each(cases)('is refused: %s', async (sql, failing) => {
    expectFailure(await folder.command(['sql', sql, '--json']), failing)
  })

  it('is refused with one text on standard error without `--json`', async () => {
    expectPlainFailure(await folder.command(['sql', 'drop table requests']), readOnly)
  })

  it('that was refused has changed nothing', async () => {
    expect(await folder.digest(input)).toEqual(before)
    expect(allFiles()).toEqual(files)
    expect(readdirSync(folder.files)).toEqual(['some.log'])
  })
})

describe('`sql --input` and `digest`', () => {
  it('refuse an input that was never run, and a table that is not there', async () => {
    const other = folder.write('other.log', 'x\n')
    expectFailure(await folder.command(['sql', 'select 1', '--input', other, '--json']), { code: 'input/unknown', says: [other] })
    expectFailure(await folder.command(['digest', '--input', input, '--asset', 'ip_activty', '--json']), {
      code: 'project/unknown-asset',
      says: ['ip_activty'],
    })
  })
})

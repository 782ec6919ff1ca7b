import { afterAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'
import { orderLines, orderProject } from '../source/source-project.ts'

const CASE_MS_MAX = 120_000
const VIEWS = `import * as m from 'millrace'
import { orders } from './orders.ts'
export const graded = m.map('graded', orders, {
  reads: ['number'],
  columns: { grade: m.t.string() },
  fn: ({ number }) => {
    if (Number(number) % 40 === 7) throw new RangeError('no grade for ' + number)
    return { grade: ['low', 'middle', 'high'][Number(number) % 3] }
  },
})
export const perGrade = m.aggregate('per_grade', graded, { by: 'grade', window: m.tumbling('1m'), columns: () => ({ n: m.count() }) })
`

describe('dev calls the functions of maps', () => {
  const bench = new Workbench({ ...orderProject("m.files('in/*.jsonl', { format: 'json-lines' })"), 'views.ts': VIEWS })
  afterAll(() => bench.close())

  it('in the workers of views, goes on after a kill, and a backfill calls them again', { timeout: CASE_MS_MAX }, async () => {
    bench.write('in/a.jsonl', orderLines(0, 200))
    const first = bench.dev('--no-server')
    await first.until((dev) => dev.taken === 200)
    await first.kill('SIGKILL')
    bench.write('in/b.jsonl', orderLines(200, 400))
    const second = bench.dev('--no-server')
    await second.until((dev) => dev.taken === 400)
    expect(await second.kill('SIGTERM')).toBe(0)
    const rows = async (query: string): Promise<unknown> => (await bench.json(['sql', query])).rows
    expect(await rows('select count(*), count(distinct _arrival) from graded')).toEqual([[390, 390]])
    expect(await rows('select count(*), count(distinct _arrival), min(message) from graded__dead_letters')).toEqual([
      [10, 10, 'RangeError: no grade for 127'],
    ])
    const digest = async (): Promise<unknown> => (await bench.json(['digest', '--asset', 'per_grade'])).tables
    const before = await digest()
    const filled = await bench.json([
      'backfill',
      'per_grade',
      '--from',
      '2026-03-01T00:00:00Z',
      '--to',
      '2026-03-01T00:05:00Z',
      '--slice',
      '1m',
    ])
    expect(filled.error).toBeUndefined()
    const slices = filled.slices as unknown as readonly { readonly state: string; readonly rows: number; readonly changed: number }[]
    expect(slices.map(({ state, changed }) => [state, changed])).toEqual(slices.map(() => ['done', 0]))
    expect(slices.reduce((sum, slice) => sum + slice.rows, 0)).toBeGreaterThan(3)
    expect(await digest()).toEqual(before)
  })
})

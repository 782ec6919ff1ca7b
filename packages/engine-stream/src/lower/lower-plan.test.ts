import { type CheckedPlan, checkPlan, type MillraceError, type PlanNode } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { Feed } from '../../test/feed.ts'
import { col, FLOOR, fieldNames, fn, lit, planOf, windowNode } from '../../test/plan-fixture.ts'
import { lowerPlan } from './lower-plan.ts'
import { splitAtScore } from './split-at-score.ts'

const WINDOW = windowNode({ kind: 'tumbling', size_ms: 10 }, [{ name: 'rows', fn: 'count' }])

function refusal(nodes: readonly PlanNode[]): { code: string; details: unknown } {
  try {
    lowerPlan(planOf(nodes))
  } catch (error) {
    const { code, facts } = error as MillraceError
    return { code, details: facts.details }
  }
  return { code: 'accepted', details: undefined }
}

describe('what is refused', () => {
  test('a score node is refused; what stands below it is what the engine runs', () => {
    const score = { id: 's', kind: 'score', input: 'w', model: 'm', columns: [{ name: 'score', type: 'double' }] } as const
    expect(refusal([WINDOW, score])).toMatchObject({ code: 'engine/unsupported', details: { operation: 'score' } })
    const scored = splitAtScore(planOf([WINDOW, score]))
    expect(scored?.score).toEqual(score)
    expect(fieldNames(lowerPlan(scored?.features as CheckedPlan).fields)).toEqual(['window_start', 'window_end', 'key1', 'rows'])
    expect(splitAtScore(planOf([WINDOW]))).toBe(undefined)
  })
})

describe('rows that are corrected', () => {
  test('say in `_op` what they are, also where an operator only ever gives new ones', () => {
    const { plan } = planOf([WINDOW])
    const revised = checkPlan({ ...plan, hash: undefined, sources: plan.sources.map((source) => ({ ...source, late: { revise: '1h' } })) })
    expect(fieldNames(lowerPlan(revised).batchFields)).toContain('_op')
    expect(fieldNames(lowerPlan(planOf([WINDOW])).batchFields)).not.toContain('_op')
  })

  test('are judged by their stamp less the horizon', () => {
    const { plan } = planOf([WINDOW])
    const revised = checkPlan({ ...plan, hash: undefined, sources: plan.sources.map((source) => ({ ...source, late: { revise: '1h' } })) })
    const [{ kind, inputs }] = lowerPlan(revised).operators
    expect(kind).toBe('rows')
    expect(inputs[0].judge?.watermark).not.toBe(inputs[0].pipeline.sources.find(({ column }) => column === '_watermark')?.register)
  })
})

describe('what is read', () => {
  test('only columns that the plan needs are decoded; late rows ask for the others', () => {
    const plan = lowerPlan(planOf([WINDOW]))
    const [input] = plan.operators[0].inputs
    expect(input.pipeline.sources.map((source) => source.column).sort()).toEqual(['_watermark', 'key1', 'ts1'])
    expect(input.late?.sources.map((source) => source.column)).toContain('txt1')
  })

  test('what a project computes and nothing reads is not computed', () => {
    const plan = lowerPlan(
      planOf([
        {
          id: 'p',
          kind: 'project',
          input: 'n1',
          columns: [
            { name: 'key1', expr: col('key1') },
            { name: 'unused', expr: fn('lower', col('txt1')) },
          ],
        },
        { ...WINDOW, input: 'p' } as PlanNode,
      ]),
    )
    const [input] = plan.operators[0].inputs
    expect(input.pipeline.steps).toEqual([])
    expect(input.late?.steps.length).toBe(1)
  })

  test('equal conditions of several aggregates are computed once', () => {
    const where = fn('gt', col('big1'), lit('1', 'int64'))
    const plan = lowerPlan(
      planOf([
        windowNode(
          { kind: 'tumbling', size_ms: 10 },
          ['a', 'b'].map((name) => ({ name, fn: 'count', where })),
        ),
      ]),
    )
    expect(plan.operators[0].inputs[0].pipeline.steps.length).toBe(1)
  })

  test('a physical plan survives a structured clone', () => {
    const plan = lowerPlan(planOf([WINDOW]))
    expect(structuredClone(plan)).toEqual(plan)
  })
})

describe('plans without a window', () => {
  test('rows keep their stamps, exactly the projected columns, and their event time though its column is dropped', () => {
    const feed = new Feed(
      planOf([
        { id: 'f', kind: 'filter', input: 'n1', where: fn('gt', col('big1'), lit('1', 'int64')) },
        {
          id: 'p',
          kind: 'project',
          input: 'f',
          columns: [
            { name: 'twice', expr: fn('mul', col('big1'), lit('2', 'int32')) },
            { name: 'key1', expr: col('key1') },
          ],
        },
      ]),
    )
    const rows = feed.push([1, 2, null, 3].map((big1, i) => ({ watermark: FLOOR, values: [i, 'a', big1, null, null] })))
    expect(rows.map((row) => [row._arrival, row.twice, row._event_time])).toEqual([
      [1, 4, 1],
      [3, 6, 3],
    ])
    expect(Object.keys(rows[0]).filter((name) => !name.startsWith('_'))).toEqual(['twice', 'key1'])
    expect(feed.runner.counters).toMatchObject({ rowsIn: 2, rowsOut: 2 })
  })

  test('filters and projects behind a window see its columns', () => {
    const plan = planOf([
      WINDOW,
      { id: 'f', kind: 'filter', input: 'w', where: fn('gte', col('rows'), lit('2', 'int32')) },
      {
        id: 'p',
        kind: 'project',
        input: 'f',
        columns: [
          { name: 'rows', expr: col('rows') },
          { name: 'minute', expr: fn('time_truncate', col('window_end'), lit('minute', 'string')) },
        ],
      },
    ])
    expect(fieldNames(lowerPlan(plan).batchFields)).toEqual(['rows', 'minute', '_event_time', '_available_at'])
    const feed = new Feed(plan)
    feed.push([1, 2, 11].map((time) => ({ watermark: FLOOR, values: [time, 'a', null, null, null] })))
    expect(feed.finish()).toEqual([{ rows: 2, minute: 0, _event_time: 9, _available_at: 0 }])
  })
})

import type { Plan, RowChange } from '@millrace/core'
import { restartingStreamRunner, streamRunner } from '@millrace/engine-stream'
import { type PlanRunLine, prepareCase } from '@millrace/testkit'
import { describe, expect, it } from 'vitest'

// A window that is open says what it holds whenever the watermark passes another multiple of `early_ms` since its start, and never otherwise.

type Said = readonly [op: string, start: number, key: string, n: number]

function planOf(window: object, splits = 1): Plan {
  return {
    millrace_plan: 1,
    sources: [
      {
        name: 's',
        event_time: 'ts',
        key: ['key'],
        watermark_delay_ms: 0,
        late: 'keep',
        splits,
        fields: [
          { name: 'ts', type: 'timestamp' },
          { name: 'key', type: 'string' },
        ],
      },
    ],
    nodes: [
      { id: 'a', kind: 'scan', source: 's' },
      { id: 'w', kind: 'window-aggregate', input: 'a', keys: ['key'], window: window as never, aggregates: [{ name: 'n', fn: 'count' }] },
    ],
    output: 'w',
  }
}

function line(ts: number, key = 'a'): PlanRunLine {
  return { row: { ts, key } }
}

async function said(
  window: object,
  lines: readonly PlanRunLine[],
  options: { batchRows?: number; restart?: boolean } = {},
): Promise<Said[]> {
  const { plan, rows } = prepareCase({ plan: planOf(window), lines })
  const runner = options.restart === true ? restartingStreamRunner(1) : streamRunner
  const { changes = [] } = await runner.run(plan, rows, { mode: 'as_served', batchRows: options.batchRows })
  return changes.map(({ op, values: [start, , key, n] }: RowChange): Said => [op, start as number, key as string, n as number])
}

const TUMBLING = { kind: 'tumbling', size_ms: 100, early_ms: 25 }
const LINES = [line(1), line(2), line(30), line(31), line(40, 'b'), line(52), line(99), line(140)]
/** A record's stamp is the watermark before it, so a multiple is passed with the record after the one that passes it. */
const SAID: readonly Said[] = [
  ['+I', 0, 'a', 4],
  ['-U', 0, 'a', 4],
  ['+I', 0, 'b', 1],
  ['+U', 0, 'a', 6],
  ['+I', 100, 'a', 1],
]

describe('early results', () => {
  it('are given when the watermark passes a multiple since the start, and what was given is taken back', async () => {
    expect(await said(TUMBLING, LINES)).toEqual(SAID)
  })

  it('are those of a run that is restored from its pages after every row', async () => {
    expect(await said(TUMBLING, LINES, { batchRows: 1, restart: true })).toEqual(SAID)
  })

  it('are not given where nothing has come since, nor between two multiples', async () => {
    expect(await said(TUMBLING, [line(1), line(20), line(24)])).toEqual([['+I', 0, 'a', 3]])
    expect(await said(TUMBLING, [line(1), line(30), line(31), line(101, 'b'), line(102, 'b')])).toEqual([
      ['+I', 0, 'a', 3],
      ['+I', 100, 'b', 2],
    ])
  })

  it('come once where rows come together, whatever multiples the watermark has passed', async () => {
    expect(await said(TUMBLING, LINES, { batchRows: 7 })).toEqual([
      ['+I', 0, 'a', 6],
      ['+I', 0, 'b', 1],
      ['+I', 100, 'a', 1],
    ])
  })

  it('count from the start of each hopping window', async () => {
    const hopping = { kind: 'hopping', size_ms: 40, every_ms: 20, early_ms: 20, offset_ms: 5 }
    expect(await said(hopping, [line(6), line(26), line(27), line(40), line(46), line(66)])).toEqual([
      ['+I', -15, 'a', 1],
      ['+I', 5, 'a', 3],
      ['-U', 5, 'a', 3],
      ['+U', 5, 'a', 4],
      ['+I', 25, 'a', 4],
      ['+I', 45, 'a', 2],
      ['+I', 65, 'a', 1],
    ])
  })

  it('count from the start of a local day', async () => {
    const day = { kind: 'calendar', unit: 'day', zone: 'America/New_York', early_ms: 3_600_000 }
    const midnight = Date.UTC(2026, 5, 1, 4)
    const times = [1, 3_600_000, 3_600_001, 7_200_000, 7_200_001]
    expect(
      await said(
        day,
        times.map((ms) => line(midnight + ms)),
      ),
    ).toEqual([
      ['+I', midnight, 'a', 3],
      ['-U', midnight, 'a', 3],
      ['+U', midnight, 'a', 5],
    ])
  })
})

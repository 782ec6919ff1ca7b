import { expect, it } from 'vitest'
import { NO_COUNTERS } from '../run/asset-counters.ts'
import type { FollowMessage } from './follow-message.ts'
import { LiveFigures } from './live-figures.ts'

type Ingested = Extract<FollowMessage, { kind: 'ingested' }>

function ingested(lines: number): Ingested {
  const totals = { lines, decoded: lines, blank: 0, deadLetters: 0, reasons: {} }
  return { kind: 'ingested', totals, watermark: 0 } as unknown as Ingested
}

const counted = (rows: number) => ({ view: { ...NO_COUNTERS, rowsIn: rows, rowsCounted: rows } })

it('tells what views counted after the last line was told of', () => {
  const figures = new LiveFigures(['requests'])
  figures.ingested('requests', ingested(10))
  figures.moved(0, counted(6))
  expect(figures.take()?.views.view.rows_in).toBe(6)
  figures.moved(0, counted(10))
  expect(figures.take()?.views.view.rows_in).toBe(10)
})

it('tells nothing while nothing moves, and nothing before the first line', () => {
  const figures = new LiveFigures(['requests'])
  figures.moved(0, counted(0))
  expect(figures.take()).toBeUndefined()
  figures.ingested('requests', ingested(10))
  expect(figures.take()?.lines).toBe(10)
  expect(figures.take()).toBeUndefined()
  figures.shown('alert', 5)
  expect(figures.take()?.latency_ms.alert).toEqual([5])
  expect(figures.take()).toBeUndefined()
})

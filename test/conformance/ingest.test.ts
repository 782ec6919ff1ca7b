import { type ExactJson, parseExactJson, RowDecoder, Stamper } from '@millrace/connect'
import type { CheckedPlan, StampedRow } from '@millrace/core'
import { CaseArbitrary, compareResults, linesText, type PlanCase, prepareCase, seedOr } from '@millrace/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const seed = seedOr(1)
const RUNS = 500

/** The rows of a case, decoded from its text and stamped by what ingest uses. */
function ingested(plan: CheckedPlan, planCase: PlanCase): { readonly rows: StampedRow[]; readonly deadLetters: number[] } {
  const stampers = new Map(plan.plan.sources.map((source) => [source.name, stamperOf(source.watermark_delay_ms, source.splits ?? 1)]))
  const rows: StampedRow[] = []
  const deadLetters: number[] = []
  for (const [arrival, text] of linesText(planCase.lines).split('\n').slice(0, -1).entries()) {
    const line = parseExactJson(text) as Readonly<Record<string, ExactJson>>
    const source = plan.plan.sources.find((one) => one.name === (line.source ?? plan.plan.sources[0].name)) ?? plan.plan.sources[0]
    const stamper = stampers.get(source.name) as Stamper
    const split = String(line.split ?? 0)
    if (line.end === true) {
      stamper.endSplit(split)
      continue
    }
    const decoded = new RowDecoder(source).decode(line.row)
    if ('values' in decoded) {
      const time = decoded.values[source.fields.findIndex((field) => field.name === source.event_time)] as number
      const { watermark } = stamper.stampRow(split, time)
      rows.push({ source: source.name, split, arrival, values: decoded.values, watermark: Number(line.watermark ?? watermark) })
    } else deadLetters.push(arrival)
  }
  return { rows, deadLetters }
}

function stamperOf(watermarkDelayMs: number, splits: number): Stamper {
  const stamper = new Stamper({ watermarkDelayMs })
  for (let split = 0; split < splits; split++) stamper.openSplit(String(split))
  return stamper
}

test(`ingest decodes and stamps rows as the reference does (${RUNS} cases of seed ${seed})`, { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(new CaseArbitrary(), (planCase) => {
      const { plan, rows, deadLetters } = prepareCase(planCase)
      const found = ingested(plan, planCase)
      expect(found.deadLetters).toEqual(deadLetters)
      expect(found.rows.map((row) => [row.source, row.split, row.arrival, row.watermark])).toEqual(
        rows.map((row) => [row.source, row.split, row.arrival, row.watermark]),
      )
      for (const source of plan.plan.sources) {
        const result = (all: readonly StampedRow[]) => ({
          columns: source.fields.map((field) => ({ ...field, nullable: true })),
          rows: all.filter((row) => row.source === source.name).map((row) => row.values),
          late: [],
        })
        expect(compareResults(result(rows), result(found.rows))).toBeUndefined()
      }
    }),
    { seed, numRuns: RUNS },
  )
})

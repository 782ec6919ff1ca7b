import { type Batch, batchFromRows, type Field, type Value } from '@millrace/columnar'
import { type PlanSource, STAMP_FIELDS } from '@millrace/core'
import type { StampedEvent } from '../../examples/nexmark/generator/stamped-event.ts'

export const INGESTED_AT = 0

/** The events of one source with their stamps; undefined where there are none. */
export function stampedBatch(source: PlanSource, events: readonly StampedEvent[]): Batch | undefined {
  const mine = events.filter(({ event }) => event.source === source.name)
  if (mine.length === 0) return undefined
  return batchFromRows(
    fieldsOf(source),
    mine.map((event) => rowOf(event, source)),
  )
}

/** Fields of a stamped batch of a source. */
export function fieldsOf(source: PlanSource): readonly Field[] {
  return [...STAMP_FIELDS, ...source.fields.map((field): Field => ({ name: field.name, type: field.type, nullable: false }))]
}

function rowOf({ event, arrival, watermarkMs }: StampedEvent, source: PlanSource): Value[] {
  const row: Readonly<Record<string, Value>> = { ...event.row }
  return [arrival, 'input', arrival, INGESTED_AT, 1, '', watermarkMs, ...source.fields.map(({ name }) => row[name])]
}

import { setTimeout as sleep } from 'node:timers/promises'
import { type GeneratorDeclaration, type SourceField, userError } from '@millrace/core'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import type { FeedPart, RecordFeed } from '../feed/record-feed.ts'
import { TypedRecords } from '../ingest/typed-records.ts'
import { drawn, generatedValue } from './generated-value.ts'

/** Records are made this often, and at most so many at a time. */
const TICK_MS = 100
const PART_RECORDS_MAX = 20_000
const SECOND_MS = 1000
/** Place of the event time's draw, apart from those of fields. */
const TIME_PLACE = -1

/** How many records were made. */
export interface GeneratorState {
  readonly made: number
}

/** Makes records up, at the rate that the declaration says. After a restart it goes on behind the last that was committed. */
export class GeneratorFeed implements RecordFeed {
  readonly split = 'generator'
  readonly place: string
  readonly #declaration: GeneratorDeclaration
  readonly #fields: readonly SourceField[]
  readonly #eventTime: string
  readonly #records: TypedRecords
  #made: number

  /** @throws user `project/not-generated` */
  constructor(options: {
    readonly stream: { readonly topic: string; readonly fields: readonly SourceField[]; readonly eventTime: string }
    readonly declaration: GeneratorDeclaration
    readonly state?: GeneratorState
  }) {
    const { stream, declaration, state } = options
    checkFields(stream, declaration)
    this.place = `seed ${declaration.seed}`
    this.#declaration = declaration
    this.#fields = stream.fields
    this.#eventTime = stream.eventTime
    this.#records = new TypedRecords(stream)
    this.#made = state?.made ?? 0
  }

  async *parts(signal: AbortSignal): AsyncGenerator<FeedPart> {
    const { rate, count = Number.POSITIVE_INFINITY } = this.#declaration
    const before = this.#made
    const began = performance.now()
    while (!signal.aborted && this.#made < count) {
      const due = before + Math.floor(((performance.now() - began + TICK_MS) / SECOND_MS) * rate)
      const to = Math.min(due, count, this.#made + PART_RECORDS_MAX)
      if (to > this.#made) {
        const from = this.#made
        this.#made = to
        yield { kind: 'part', decode: (firstLine) => this.#make(from, to, firstLine), state: { made: to } satisfies GeneratorState }
      }
      if (to === due || to === count) await sleep(TICK_MS, undefined, { signal }).catch(() => {})
    }
  }

  #make(from: number, to: number, firstLine: number): DecodedLines {
    const { seed, fields } = this.#declaration
    for (let number = from; number < to; number++) {
      const values = this.#fields.map((field, place) => {
        if (field.name === this.#eventTime) return this.#timeOf(number)
        const made = fields[field.name]
        return made === undefined ? null : generatedValue(made, { seed, place, number })
      })
      this.#records.add(values, firstLine + number - from)
    }
    return this.#records.take()
  }

  #timeOf(number: number): number {
    const { seed, rate, startMs, spreadMs, speed } = this.#declaration
    const inOrder = startMs + Math.floor((number * SECOND_MS * speed) / rate)
    return inOrder - Math.floor(drawn({ seed, place: TIME_PLACE, number }, 0) * (spreadMs + 1))
  }
}

/** A field that cannot be null and is not made up would make a dead letter of every record. */
function checkFields(
  stream: { readonly topic: string; readonly fields: readonly SourceField[]; readonly eventTime: string },
  { fields }: GeneratorDeclaration,
): void {
  const names = stream.fields.map(({ name }) => name)
  const unknown = Object.keys(fields).find((name) => !names.includes(name) || name === stream.eventTime)
  const missing = stream.fields.find(({ name, nullable }) => name !== stream.eventTime && nullable !== true && fields[name] === undefined)
  if (unknown === undefined && missing === undefined) return
  const asked = unknown ?? missing?.name
  const what = unknown === undefined ? 'does not make it up, and it cannot be null' : 'makes it up, and it is none of the fields to make up'
  throw userError('project/not-generated', `Field \`${asked}\` of stream \`${stream.topic}\`: the generator ${what}.`, {
    asked,
    found: Object.keys(fields),
    do: `Make up ${names.filter((name) => name !== stream.eventTime).join(', ')}.`,
  })
}

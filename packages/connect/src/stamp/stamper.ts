import { type Batch, type Column, Dictionary } from '@millrace/columnar'
import { bugError, STAMP_FIELDS, WATERMARK_FLOOR } from '@millrace/core'

/** `active`: read, and behind its end. `idle`: caught up with its end. `ended`: nothing more will come. */
type SplitPhase = 'active' | 'idle' | 'ended'

/** What a stamper knows of one split; JSON-safe. */
export interface SplitState {
  readonly phase: SplitPhase
  /** Greatest event time seen, epoch ms; null before the split has spoken. */
  readonly greatest: number | null
}

/** A source's stamping state, committed in the transaction that holds the stamped records; JSON-safe. */
export interface StamperState {
  /** The arrival that the next record takes. */
  readonly nextArrival: number
  /** The source's watermark, epoch ms. */
  readonly watermark: number
  readonly splits: Readonly<Record<string, SplitState>>
}

export interface StamperOptions {
  /** How far the watermark stays behind the greatest event time, in ms. */
  readonly watermarkDelayMs: number
}

/** What the records of one batch have in common, and where they lie in their split. */
export interface StampRequest {
  readonly split: string
  /** Name of the batch's event time column. */
  readonly eventTime: string
  /** Offset in the split of each row. */
  readonly offsets: Float64Array
  /** For each dead letter between the rows, in order, how many rows stand before it. */
  readonly deadLettersAfterRows?: readonly number[]
  /** Wall clock of the ingest, epoch ms. */
  readonly ingestedAt: number
  readonly schemaVersion: number
  readonly producer: string
}

export interface StampedBatch {
  /** `STAMP_FIELDS`, then the batch's own fields. */
  readonly batch: Batch
  /** The source's watermark before and after the batch, epoch ms: see `heartbeatDue`. */
  readonly watermarkBefore: number
  readonly watermarkAfter: number
  /** The arrival of each dead letter. */
  readonly deadLetterArrivals: readonly number[]
}

/**
 * Gives the records of one source their arrival and watermark, once, at ingest.
 *
 * The watermark before a record is the least, over the active splits, of the greatest event time seen minus the delay. It
 * never falls. A split that is active but has not spoken holds it where it is: opened before all records, at the floor.
 * A dead letter takes an arrival, and neither moves the watermark nor makes its split speak.
 *
 * @example
 * const stamper = new Stamper({ watermarkDelayMs: 30_000 })
 * stamper.openSplit('access.log')
 * const { batch, watermarkAfter } = stamper.stampBatch(decoded.batch, request)
 */
export class Stamper {
  readonly #delayMs: number
  readonly #splits = new Map<string, { phase: SplitPhase; greatest: number | null }>()
  #nextArrival: number
  #watermark: number

  constructor(options: StamperOptions, state?: StamperState) {
    this.#delayMs = options.watermarkDelayMs
    this.#nextArrival = state?.nextArrival ?? 0
    this.#watermark = state?.watermark ?? WATERMARK_FLOOR
    for (const [split, known] of Object.entries(state?.splits ?? {})) this.#splits.set(split, { ...known })
  }

  /** The source's watermark now, epoch ms. */
  get watermark(): number {
    return this.#watermark
  }

  state(): StamperState {
    const splits = Object.fromEntries([...this.#splits].map(([split, known]) => [split, { ...known }]))
    return { nextArrival: this.#nextArrival, watermark: this.#watermark, splits }
  }

  /** A split was discovered, or is behind its end again. All initial splits are opened before the first record is stamped. */
  openSplit(split: string): void {
    this.#activate(split)
  }

  /** The split is caught up with its end: it holds the watermark no more until it has new records. */
  idleSplit(split: string): void {
    this.#leave(split, 'idle')
  }

  /** Nothing more will come of the split. */
  endSplit(split: string): void {
    this.#leave(split, 'ended')
  }

  /** Forgets an ended split, whose name will not come again. */
  dropSplit(split: string): void {
    this.#splits.delete(split)
  }

  /** Stamps one record; returns its arrival and the watermark before it. */
  stampRow(split: string, eventTime: number): { arrival: number; watermark: number } {
    const known = this.#activate(split)
    const watermark = this.#watermark
    known.greatest = Math.max(known.greatest ?? eventTime, eventTime)
    this.#advance()
    return { arrival: this.#nextArrival++, watermark }
  }

  /** Gives a dead letter its arrival. */
  stampDeadLetter(): number {
    return this.#nextArrival++
  }

  /** Stamps the rows of one split, in order, with the dead letters between them. */
  stampBatch(batch: Batch, request: StampRequest): StampedBatch {
    const index = batch.fields.findIndex((field) => field.name === request.eventTime)
    const times = batch.columns[index]
    if (times === undefined || times.kind !== 'timestamp') {
      throw bugError('stamp/no-event-time', `The batch has no timestamp column \`${request.eventTime}\`.`, {
        asked: request.eventTime,
        found: batch.fields.map((field) => field.name),
      })
    }
    const { arrivals, deadLetterArrivals } = this.#arrivals(batch.rows, request.deadLettersAfterRows ?? [])
    const watermarkBefore = this.#watermark
    const watermarks = this.#watermarks(request.split, times.values)
    const columns = [...stampColumns(batch.rows, request, arrivals, watermarks), ...batch.columns]
    return {
      batch: { rows: batch.rows, fields: [...STAMP_FIELDS, ...batch.fields], columns },
      watermarkBefore,
      watermarkAfter: this.#watermark,
      deadLetterArrivals,
    }
  }

  #arrivals(rows: number, deadLettersAfterRows: readonly number[]): { arrivals: Float64Array; deadLetterArrivals: number[] } {
    const arrivals = new Float64Array(rows)
    const deadLetterArrivals: number[] = []
    let next = this.#nextArrival
    let letter = 0
    for (let row = 0; row <= rows; row++) {
      while (letter < deadLettersAfterRows.length && deadLettersAfterRows[letter] === row) {
        deadLetterArrivals.push(next++)
        letter += 1
      }
      if (row < rows) arrivals[row] = next++
    }
    this.#nextArrival = next
    return { arrivals, deadLetterArrivals }
  }

  /** The watermark before each row; what the other splits allow does not change within a batch of one. */
  #watermarks(split: string, times: Float64Array): Float64Array {
    const watermarks = new Float64Array(times.length)
    if (times.length === 0) return watermarks
    const known = this.#activate(split)
    const ceiling = this.#ceiling(split)
    const delay = this.#delayMs
    let greatest = known.greatest ?? Number.NEGATIVE_INFINITY
    let watermark = this.#watermark
    for (let row = 0; row < times.length; row++) {
      watermarks[row] = watermark
      if (times[row] <= greatest) continue
      greatest = times[row]
      const reached = Math.min(greatest - delay, ceiling)
      if (reached > watermark) watermark = reached
    }
    known.greatest = greatest
    this.#watermark = watermark
    return watermarks
  }

  /** The split is active from now on. What it has seen may raise the watermark before its next record. */
  #activate(split: string): { phase: SplitPhase; greatest: number | null } {
    let known = this.#splits.get(split)
    if (known === undefined) {
      known = { phase: 'active', greatest: null }
      this.#splits.set(split, known)
    }
    if (known.phase === 'active') return known
    known.phase = 'active'
    this.#advance()
    return known
  }

  #leave(split: string, phase: SplitPhase): void {
    const known = this.#splits.get(split)
    if (known === undefined) return
    known.phase = phase
    this.#advance()
  }

  #advance(): void {
    const reached = this.#ceiling(undefined)
    if (reached > this.#watermark && reached !== Number.POSITIVE_INFINITY) this.#watermark = reached
  }

  /** The watermark that the splits other than `except` allow: infinite when none is active. */
  #ceiling(except: string | undefined): number {
    let ceiling = Number.POSITIVE_INFINITY
    for (const [split, { phase, greatest }] of this.#splits) {
      if (split === except || phase !== 'active') continue
      if (greatest === null) return Number.NEGATIVE_INFINITY
      ceiling = Math.min(ceiling, greatest - this.#delayMs)
    }
    return ceiling
  }
}

function stampColumns(rows: number, request: StampRequest, arrivals: Float64Array, watermarks: Float64Array): Column[] {
  return [
    { kind: 'int64', safe: true, values: arrivals, nulls: null },
    constantText(rows, request.split),
    { kind: 'int64', safe: true, values: request.offsets, nulls: null },
    { kind: 'timestamp', values: new Float64Array(rows).fill(request.ingestedAt), nulls: null },
    { kind: 'int32', values: new Int32Array(rows).fill(request.schemaVersion), nulls: null },
    constantText(rows, request.producer),
    { kind: 'timestamp', values: watermarks, nulls: null },
  ]
}

function constantText(rows: number, text: string): Column {
  return { kind: 'string', codes: new Int32Array(rows), dictionary: Dictionary.fromTexts([text]), nulls: null }
}

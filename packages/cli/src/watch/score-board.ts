import type { Value } from '@millrace/core'
import { type DecisionMinute, HISTOGRAM_BINS, type ModelState } from '@millrace/server'
import type { ShownView } from '../dev/dev-event.ts'

const MINUTE_MS = 60_000
/** Minutes of event time whose decisions are kept. */
const MINUTES_MAX = 180

type Mix = { -readonly [K in keyof Omit<DecisionMinute, 'minute'>]: number }

/** Counts of one model's scores and decisions since this process began. */
export class ScoreBoard {
  readonly #at: Readonly<Record<'end' | 'score' | 'decision' | 'decidedBy', number>>
  readonly #histogram = new Array<number>(HISTOGRAM_BINS).fill(0)
  readonly #minutes = new Map<number, Mix>()
  readonly #total: Mix = { by_model: 0, by_fallback: 0, positive: 0, negative: 0 }

  constructor(view: ShownView) {
    const at = (name: string): number => view.fields.findIndex((field) => field.name === name)
    this.#at = { end: at('window_end'), score: at('score'), decision: at('decision'), decidedBy: at('decided_by') }
  }

  add(rows: readonly (readonly Value[])[]): void {
    for (const row of rows) {
      const score = row[this.#at.score]
      if (score !== null) this.#histogram[Math.min(HISTOGRAM_BINS - 1, Math.max(0, Math.floor(Number(score) * HISTOGRAM_BINS)))] += 1
      const minute = Math.floor((Number(row[this.#at.end]) - 1) / MINUTE_MS) * MINUTE_MS
      for (const mix of [this.#total, this.#mixOf(minute)]) {
        mix[row[this.#at.decidedBy] === 'model' ? 'by_model' : 'by_fallback'] += 1
        mix[row[this.#at.decision] === true ? 'positive' : 'negative'] += 1
      }
    }
  }

  get counts(): Pick<ModelState, 'by_model' | 'by_fallback' | 'positive' | 'negative' | 'histogram' | 'decisions'> {
    return { ...this.#total, histogram: [...this.#histogram], decisions: this.#decisions() }
  }

  #decisions(): DecisionMinute[] {
    return [...this.#minutes].sort(([a], [b]) => a - b).map(([minute, mix]) => ({ minute: new Date(minute).toISOString(), ...mix }))
  }

  #mixOf(minute: number): Mix {
    let mix = this.#minutes.get(minute)
    if (mix !== undefined) return mix
    mix = { by_model: 0, by_fallback: 0, positive: 0, negative: 0 }
    this.#minutes.set(minute, mix)
    if (this.#minutes.size > MINUTES_MAX) this.#minutes.delete(Math.min(...this.#minutes.keys()))
    return mix
  }
}

import type { TimingCounts } from '../view/meter-view.ts'

/** Upper bounds in seconds: from a tenth of a millisecond to a second. */
const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]

/** A distribution of seconds in fixed bins. */
export class Timing {
  readonly #bins = new Float64Array(BOUNDS.length + 1)
  #sum = 0
  #count = 0

  observe(seconds: number): void {
    let bin = 0
    while (bin < BOUNDS.length && seconds > BOUNDS[bin]) bin++
    this.#bins[bin]++
    this.#sum += seconds
    this.#count++
  }

  counts(): TimingCounts {
    let total = 0
    return { bounds: BOUNDS, cumulative: BOUNDS.map((_, bin) => (total += this.#bins[bin])), sum: this.#sum, count: this.#count }
  }
}

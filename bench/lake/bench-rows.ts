import { type Batch, Dictionary, type Field } from '@millrace/columnar'

/** Requests as they stand in the lake: times that grow with some disorder, few addresses and paths, sizes and durations at random. */
export const FIELDS: readonly Field[] = [
  { name: 'event_time', type: 'timestamp', nullable: false },
  { name: 'ip', type: 'string', nullable: false },
  { name: 'path', type: 'string', nullable: false },
  { name: 'status', type: 'int32', nullable: false },
  { name: 'response_bytes', type: 'int64', nullable: true },
  { name: 'duration', type: 'double', nullable: false },
]

export const DAY_MS = 86_400_000
export const FIRST_DAY_MS = Date.UTC(2026, 3, 1)
/** Days over which the rows spread; each is one append. */
export const DAYS = 10

const BATCH_ROWS = 65_536
const ADDRESSES = 20_000
const PATHS = 5_000
const DISORDER_MS = 20_000
const STATUSES = [200, 200, 200, 200, 200, 200, 301, 304, 404, 500]
const addresses = Dictionary.fromTexts(Array.from({ length: ADDRESSES }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`))
const paths = Dictionary.fromTexts(Array.from({ length: PATHS }, (_, i) => `/shop/category-${i % 97}/item-${i}`))

export interface RowRange {
  readonly seed: number
  readonly rows: number
  readonly fromMs: number
  readonly toMs: number
}

/** Rows spread evenly over a time, as batches in memory. */
export function benchRows({ seed, rows, fromMs, toMs }: RowRange): Batch[] {
  const next = randomBits(seed)
  const batches: Batch[] = []
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rows - from)
    const times = new Float64Array(count)
    const ips = new Int32Array(count)
    const pathCodes = new Int32Array(count)
    const statuses = new Int32Array(count)
    const sizes = new Float64Array(count)
    const nulls = new Uint8Array(count)
    const durations = new Float64Array(count)
    for (let row = 0; row < count; row++) {
      const at = fromMs + Math.floor(((from + row) * (toMs - fromMs)) / rows)
      times[row] = Math.min(toMs - 1, at + (next() % DISORDER_MS))
      ips[row] = skewed(next(), ADDRESSES)
      pathCodes[row] = skewed(next(), PATHS)
      statuses[row] = STATUSES[next() % STATUSES.length]
      nulls[row] = statuses[row] === 304 ? 1 : 0
      sizes[row] = nulls[row] === 1 ? 0 : next() % 100_000
      durations[row] = (next() % 1_000_000) / 1000
    }
    batches.push({
      rows: count,
      fields: FIELDS,
      columns: [
        { kind: 'timestamp', values: times, nulls: null },
        { kind: 'string', codes: ips, dictionary: addresses, nulls: null },
        { kind: 'string', codes: pathCodes, dictionary: paths, nulls: null },
        { kind: 'int32', values: statuses, nulls: null },
        { kind: 'int64', safe: true, values: sizes, nulls },
        { kind: 'double', values: durations, nulls: null },
      ],
    })
  }
  return batches
}

/** Smaller numbers come more often. */
function skewed(bits: number, size: number): number {
  const share = bits / 2 ** 32
  return Math.floor(share * share * size)
}

/** xorshift32: 32 bits at a time. */
function randomBits(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
}

import { type Spread, spreadOf } from '../measure/spread.ts'
import { PEER_VERSION } from './peer-side.ts'

/** One thing that both do, with the rows per second of each. */
export interface LakeCase {
  readonly name: string
  readonly unit: 'rows/s'
  readonly rows: number
  readonly samples: number
  readonly ours: Spread
  readonly peer: Spread & { readonly name: 'DuckDB'; readonly version: string }
  readonly ratio: number
  readonly target: number | null
  readonly met: boolean | null
}

/** Seconds of ours and of the peer, measured in turn. */
export interface Pair {
  readonly ours: number
  readonly peer: number
}

export function lakeCase(name: string, rows: number, pairs: readonly Pair[], target: number | null = null): LakeCase {
  const speed = (who: keyof Pair): Spread => {
    const { min, median, max } = spreadOf(pairs.map((pair) => rows / pair[who]))
    return { min: Math.round(min), median: Math.round(median), max: Math.round(max) }
  }
  const [ours, peer] = [speed('ours'), speed('peer')]
  const ratio = Math.round((ours.median / peer.median) * 1000) / 1000
  return {
    name,
    unit: 'rows/s',
    rows,
    samples: pairs.length,
    ours,
    peer: { name: 'DuckDB', version: PEER_VERSION, ...peer },
    ratio,
    target,
    met: target === null ? null : ratio >= target,
  }
}

/** Seconds that some work takes. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const started = performance.now()
  const value = await work()
  return { seconds: (performance.now() - started) / 1000, value }
}

import { type LiveResult, measureLive } from '../live.ts'

/** p99 from a written line to the window that it closes. */
const TARGET_MS = 250

export interface LiveDocument {
  readonly repeats: 1
  readonly cases: readonly {
    readonly name: string
    readonly unit: 'ms'
    readonly ours: LiveResult['line_to_window_ms']
    readonly target: number
    readonly met: boolean
  }[]
  readonly measured: LiveResult
}

/** `millrace dev` behind a growing file; there is no peer, only a limit. */
export async function liveBench(): Promise<LiveDocument> {
  const measured = await measureLive()
  const ours = measured.line_to_window_ms
  const name = `line to window at ${measured.options.linesPerSecond} lines/s, p99`
  return { repeats: 1, cases: [{ name, unit: 'ms', ours, target: TARGET_MS, met: ours.count > 0 && ours.p99 <= TARGET_MS }], measured }
}

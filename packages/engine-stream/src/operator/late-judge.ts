import type { TimestampColumn } from '@millrace/columnar'
import type { Frame } from './frame.ts'
import { LateRows } from './late-rows.ts'
import type { JudgePlan } from './physical-plan.ts'
import { tileIndex } from './window/window-grid.ts'
import { newWindowCounters, type WindowCounters } from './window-counters.ts'

/**
 * The late predicate on rows by themselves, each by its own stamp, before they travel to another partition or enter a join: of
 * windows it leaves the rows that count in at least one, of a join those whose time is not before their stamp.
 */
export class LateJudge {
  /** Rows of the last frame that missed something. */
  readonly late = new LateRows()
  readonly counters: WindowCounters = newWindowCounters()
  readonly #plan: JudgePlan

  constructor(plan: JudgePlan) {
    this.#plan = plan
  }

  get tilesPerWindow(): number {
    return this.#plan.grid?.tilesPerWindow ?? 1
  }

  /** Narrows the frame to its accepted rows. */
  judge(frame: Frame): void {
    this.late.clear()
    this.counters.rowsIn += frame.count
    const times = (frame.column(this.#plan.time) as TimestampColumn).values
    const watermarks = (frame.column(this.#plan.watermark) as TimestampColumn).values
    const { selection, count } = frame
    for (let k = 0; k < count; k++) {
      const row = selection === null ? k : selection[k]
      const missed = this.#missed(times[row], watermarks[row])
      if (missed <= 0) continue
      this.late.add(row, missed)
      this.counters.lateMemberships += missed
      if (missed === this.tilesPerWindow) this.counters.lateAll++
    }
    if (this.late.size > 0) this.#refuse(frame)
    this.counters.rowsCounted += frame.count
  }

  #missed(time: number, watermark: number): number {
    const { grid } = this.#plan
    if (grid === null) return time < watermark ? 1 : 0
    return Math.min(tileIndex(grid, watermark) - tileIndex(grid, time), grid.tilesPerWindow)
  }

  /** Late rows stand in the order of the selection. */
  #refuse(frame: Frame): void {
    const { selection, count } = frame
    const kept = new Int32Array(count)
    let size = 0
    let next = 0
    for (let k = 0; k < count; k++) {
      const row = selection === null ? k : selection[k]
      if (next < this.late.size && this.late.rows[next] === row) {
        if (this.late.missed[next++] === this.tilesPerWindow) continue
      }
      kept[size++] = row
    }
    frame.selection = kept
    frame.count = size
  }
}

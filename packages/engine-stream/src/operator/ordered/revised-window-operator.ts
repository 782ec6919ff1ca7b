import type { RevisedWindowPlan } from '../physical-plan.ts'
import type { Tile } from '../window/tile.ts'
import { CorrectedWindows } from './corrected-windows.ts'

/**
 * Fixed and calendar windows whose rows are corrected.
 * 1. Each window is a tile of its own, numbered by its end, that a row of it is added to.
 * 2. A window is given when progress reaches its end. What comes for it later corrects the rows that it touches.
 * 3. It is forgotten when progress is past its end by the horizon, for then every row for it is late.
 */
export class RevisedWindowOperator extends CorrectedWindows<RevisedWindowPlan> {
  protected tileFor(window: number): number {
    return window
  }

  protected windowOf({ index }: Tile): number {
    return index
  }

  protected isGiven({ index }: Tile): boolean {
    return this.endOf(index) <= this.progress
  }

  protected give(before: number): void {
    for (const tile of this.tiles.all()) {
      const end = this.endOf(tile.index)
      if (end > this.progress) break
      if (end > before) this.#giveWindow(tile)
    }
  }

  #giveWindow(tile: Tile): void {
    this.countFired()
    this.giveGroups(
      tile,
      Int32Array.from({ length: tile.size }, (_, slot) => slot),
      0,
    )
  }
}

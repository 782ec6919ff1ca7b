import { mergeTile } from '../aggregate/merge-tile.ts'
import type { EarlyWindowPlan } from '../physical-plan.ts'
import type { Tile } from '../window/tile.ts'
import { CorrectedWindows } from './corrected-windows.ts'

/**
 * Fixed and calendar windows whose results so far are given while they are open.
 * 1. A window that ends with tile n of the grid has two tiles: 2n holds what was given, 2n + 1 what has come since. Rows of an open window
 *    go to the second.
 * 2. When progress passes a multiple of the step since the window's start, or its end, the groups of the second tile that the first one
 *    has are taken back as they were given, the tiles are merged, and the groups are given anew.
 * 3. What comes after the end, within the horizon, corrects the rows that it touches at once.
 * 4. A window is forgotten when progress is past its end by the horizon.
 */
export class EarlyWindowOperator extends CorrectedWindows<EarlyWindowPlan> {
  protected tileFor(window: number): number {
    return this.endOf(window) <= this.progress ? givenTile(window) : sinceTile(window)
  }

  protected windowOf({ index }: Tile): number {
    return Math.floor(index / 2)
  }

  protected isGiven({ index }: Tile): boolean {
    return index % 2 === 0
  }

  protected give(before: number): void {
    for (const window of new Set(this.tiles.all().map((tile) => this.windowOf(tile)))) {
      const end = this.endOf(window)
      if (end <= this.progress && end > before) this.countFired()
      const since = this.tiles.get(sinceTile(window))
      if (since !== undefined && (end <= this.progress || this.#passesStep(window, before))) this.#giveSince(window, since)
    }
  }

  /** Whether progress has come to another multiple of the step since the window's start. */
  #passesStep(window: number, before: number): boolean {
    const start = this.startOf(window)
    const steps = (progress: number): number => Math.floor((progress - start) / this.plan.earlyMs)
    return steps(this.progress) >= 1 && steps(this.progress) > steps(before)
  }

  #giveSince(window: number, since: Tile): void {
    const given = this.tile(givenTile(window))
    const known = given.size
    const slots = new Int32Array(since.size)
    given.slotsOf(since.keyIds, since.size, slots)
    this.takeBack(given, slots, known)
    for (const [place, aggregate] of this.aggregates.entries()) mergeTile(aggregate, place, { from: since, to: given, slots })
    this.giveGroups(given, slots, known)
    this.remove(since)
  }
}

function givenTile(window: number): number {
  return window * 2
}

function sinceTile(window: number): number {
  return window * 2 + 1
}

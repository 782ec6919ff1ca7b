import { SingleBar } from 'cli-progress'
import type { RunProgress } from '../run/bounded-run.ts'
import { colour } from './colour.ts'

const MIB = 1024 ** 2

/** The progress bar of `run`, on stderr. */
export class RunBar {
  readonly #bar: SingleBar | undefined
  #started = false

  constructor(shown: boolean) {
    this.#bar = shown
      ? new SingleBar({
          format: `${colour.cyan('{bar}')} {percentage}% · {phase} · {lines} lines · {mib} MiB · {duration_formatted}`,
          barsize: 28,
          hideCursor: true,
          clearOnComplete: true,
          stream: process.stderr,
        })
      : undefined
  }

  update(progress: RunProgress): void {
    if (this.#bar === undefined) return
    const total = progress.total ?? progress.read
    const shown = { phase: progress.phase, lines: progress.lines.toLocaleString('en-US'), mib: (progress.read / MIB).toFixed(0) }
    if (!this.#started) {
      this.#bar.start(Math.max(1, total), 0, shown)
      this.#started = true
    }
    this.#bar.setTotal(Math.max(1, total))
    this.#bar.update(Math.min(total, progress.read), shown)
  }

  stop(): void {
    this.#bar?.stop()
  }
}

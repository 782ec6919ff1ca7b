import { SingleBar } from 'cli-progress'
import type { RunProgress } from '../run/bounded-run.ts'
import { colour } from './colour.ts'
import { note } from './print.ts'

const MIB = 1024 ** 2
/** Between two lines of progress where stderr is no terminal. */
const LINE_EVERY_MS = 10_000

/** The progress of `run`, on stderr: a bar on a terminal, elsewhere a line now and then. */
export class RunBar {
  readonly #bar: SingleBar | undefined
  #started = false
  #lineAt = performance.now() + LINE_EVERY_MS

  constructor() {
    this.#bar =
      process.stderr.isTTY === true
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
    const total = Math.max(1, progress.total ?? progress.read)
    const shown = { phase: progress.phase, lines: progress.lines.toLocaleString('en-US'), mib: (progress.read / MIB).toFixed(0) }
    if (this.#bar === undefined) {
      this.#line(shown, Math.min(1, progress.read / total))
      return
    }
    if (!this.#started) {
      this.#bar.start(total, 0, shown)
      this.#started = true
    }
    this.#bar.setTotal(total)
    this.#bar.update(Math.min(total, progress.read), shown)
  }

  #line({ phase, lines, mib }: Readonly<Record<'phase' | 'lines' | 'mib', string>>, share: number): void {
    if (performance.now() < this.#lineAt) return
    this.#lineAt = performance.now() + LINE_EVERY_MS
    note(`${Math.floor(100 * share)}% · ${phase} · ${lines} lines · ${mib} MiB`)
  }

  stop(): void {
    this.#bar?.stop()
  }
}

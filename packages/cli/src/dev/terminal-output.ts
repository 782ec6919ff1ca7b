import { styleText } from 'node:util'
import type { DevEvent, DevOutput, LiveStatus, ShownView } from './dev-event.ts'
import { busyText, clockText, evidenceText, keyText, noticeLines } from './plain-output.ts'
import type { StdoutWriter } from './stdout-writer.ts'
import { WindowSummaries, type WindowSummary } from './window-summary.ts'

const REDRAW_MS = 500
const WIDTH_DEFAULT = 100
const HEIGHT_DEFAULT = 24

type Style = Parameters<typeof styleText>[0]
const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })

/** A calm view on a terminal: alerts and notices scroll above, figures and the busiest keys of the latest windows stay below. */
export class TerminalOutput implements DevOutput {
  readonly #out: StdoutWriter
  readonly #summaries = new Map<string, WindowSummaries>()
  readonly #latest = new Map<string, WindowSummary>()
  readonly #timer: NodeJS.Timeout
  #status: LiveStatus | undefined
  #drawn = 0
  #alerts = 0
  #closed = false

  constructor(out: StdoutWriter) {
    this.#out = out
    this.#timer = setInterval(() => void this.#redraw([]), REDRAW_MS)
    this.#timer.unref()
  }

  async show(event: DevEvent): Promise<void> {
    switch (event.kind) {
      case 'windows':
        return this.#of(event.view).add(event.rows)
      case 'closed':
        for (const summary of this.#of(event.view).take(event.until)) this.#latest.set(event.view.name, summary)
        return
      case 'scores':
        return
      case 'status':
        this.#status = event.status
        return
      case 'alert': {
        this.#alerts += 1
        const { alert } = event
        return this.#redraw([
          paint(
            'red',
            `▲ ${alert.asset}  ${keyText(alert.key)}  ${alert.window_start.slice(11, 19)}–${alert.window_end.slice(11, 19)}  ${evidenceText(alert)}`,
          ),
          paint('dim', `  → ${alert.runbook}  ${alert.id}`),
        ])
      }
      default:
        return this.#redraw(noticeLines(event).map((line) => (line.startsWith('problem: ') ? paint('yellow', line) : line)))
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#closed = true
  }

  async #redraw(above: readonly string[]): Promise<void> {
    if (this.#closed) return
    const below = this.#below().slice(0, (process.stdout.rows || HEIGHT_DEFAULT) - 2)
    const width = process.stdout.columns || WIDTH_DEFAULT
    const clear = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}F\u001b[J`
    this.#drawn = below.length
    await this.#out.write(clear + [...above, ...below.map((line) => fitted(line, width))].map((line) => `${line}\n`).join(''))
  }

  #below(): readonly string[] {
    const status = this.#status
    if (status === undefined) return []
    const number = (value: number): string => value.toLocaleString('en-US')
    const watermarks = Object.values(status.watermark)
      .map((time) => time?.slice(0, 19).replace('T', ' ') ?? 'none yet')
      .join(', ')
    const lag = status.lag_ms === null ? '' : ` · lag ${status.lag_ms} ms`
    const head = `${number(status.lines_per_second)} lines/s · ${number(status.lines)} lines · ${number(status.dead_letters)} dead letters · watermark ${watermarks}${lag} · ${number(this.#alerts)} alerts`
    return ['', head, ...[...this.#latest.values()].flatMap(latestLines)]
  }

  #of(view: ShownView): WindowSummaries {
    let summaries = this.#summaries.get(view.name)
    if (summaries === undefined) {
      summaries = new WindowSummaries(view)
      this.#summaries.set(view.name, summaries)
    }
    return summaries
  }
}

function latestLines({ view, start, end, keys, busiest }: WindowSummary): readonly string[] {
  const when = start === undefined ? '' : ` ${clockText(start).slice(11)} – ${clockText(end).slice(11)}`
  return [
    `${view.name}${when}: ${keys.toLocaleString('en-US')} keys${view.busyBy === undefined ? '' : `, most ${view.busyBy}:`}`,
    ...busiest.map((row) => `  ${busyText(view, row)}`),
  ]
}

/** Cut to one row of the terminal: a longer line would make the next redraw miss its place. */
function fitted(line: string, width: number): string {
  return line.length < width ? line : `${line.slice(0, Math.max(1, width - 2))}…`
}

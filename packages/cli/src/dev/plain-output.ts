import type { RaisedAlert } from '../query/raised-alerts.ts'
import { changeLines } from '../savepoint/change-lines.ts'
import type { DevEvent, DevOutput, LiveStatus, ShownView } from './dev-event.ts'
import type { StdoutWriter } from './stdout-writer.ts'
import { WindowSummaries, type WindowSummary } from './window-summary.ts'

const count = (value: number): string => value.toLocaleString('en-US')

/** Text without control characters, which a log line may hold and a terminal would obey. */
export function plainText(value: unknown): string {
  return String(value ?? '–').replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')
}

export function keyText(key: Readonly<Record<string, unknown>>): string {
  return Object.values(key).map(plainText).join(' ')
}

/** A time to the second, in UTC. */
export function clockText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19)
}

export function evidenceText(alert: RaisedAlert): string {
  return Object.entries(alert.evidence)
    .map(([name, value]) => `${name} ${plainText(value)}`)
    .join(', ')
}

export function busyText(view: ShownView, row: readonly unknown[]): string {
  const at = (name: string): unknown => row[view.fields.findIndex((field) => field.name === name)]
  const key = view.entity.map((name) => plainText(at(name))).join(' ')
  return view.busyBy === undefined ? key : `${key} ${plainText(at(view.busyBy))}`
}

/** Lines for people and log files: one per closed window, alert, file and problem. */
export class PlainOutput implements DevOutput {
  readonly #out: StdoutWriter
  readonly #summaries = new Map<string, WindowSummaries>()

  constructor(out: StdoutWriter) {
    this.#out = out
  }

  async show(event: DevEvent): Promise<void> {
    for (const line of this.#lines(event)) await this.#out.write(`${line}\n`)
  }

  close(): void {}

  #lines(event: DevEvent): readonly string[] {
    switch (event.kind) {
      case 'windows':
        this.#of(event.view).add(event.rows)
        return []
      case 'closed':
        return this.#of(event.view).take(event.until).map(windowLine)
      case 'scores':
        return []
      case 'alert':
        return [
          `ALERT ${event.alert.asset} ${keyText(event.alert.key)} until ${event.alert.window_end}: ${evidenceText(event.alert)} → ${event.alert.runbook} [${event.alert.id}]`,
        ]
      case 'status':
        return [statusLine(event.status)]
      default:
        return noticeLines(event)
    }
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

export type Notice = Exclude<DevEvent, { kind: 'windows' | 'scores' | 'closed' | 'alert' | 'status' }>

/** What is said once: files, problems, beginning and end. */
export function noticeLines(event: Notice): readonly string[] {
  switch (event.kind) {
    case 'started':
      return [
        `Following ${Object.entries(event.streams)
          .map(([name, patterns]) => `${patterns.join(', ')} into ${name}`)
          .join('; ')}. Stop with Ctrl-C.`,
      ]
    case 'file':
      return [`${{ discovered: 'following', resumed: 'going on with', ended: 'at the end of' }[event.event]} ${plainText(event.path)}`]
    case 'waiting':
      return [`No file matches ${event.patterns.join(', ')} in ${event.folder} so far; waiting for one.`]
    case 'problem':
      return [`problem: ${plainText(event.message)} [${event.code}]`, ...(event.do === undefined ? [] : [`  → ${event.do}`])]
    case 'micro-batch':
      return event.rows === 0 ? [] : [microBatchLine(event)]
    case 'committed':
      return []
    case 'model':
      return [
        event.version === null
          ? `no version of ${event.model} is deployed: its fallback rule decides`
          : `${event.model} version ${event.version} decides, from score ${event.threshold} on`,
      ]
    case 'outlet':
      return [outletLine(event.outlet)]
    case 'changed':
      return changeLines(event.assets)
    case 'joining':
      return [`Computing views of ${event.project} with ${event.workers} worker${event.workers === 1 ? '' : 's'}. Stop with Ctrl-C.`]
    case 'owners':
      return [ownersLine(event)]
    case 'serving':
      return [`serving ${event.url}`]
    case 'stopped':
      return [
        event.drained
          ? 'Stopped; everything read is committed.'
          : 'Stopped; the rest is in the log, and the next start goes on from there.',
      ]
  }
}

function ownersLine({ stream, owners, free }: Extract<Notice, { kind: 'owners' }>): string {
  const ofProcess = [...Map.groupBy(owners, ({ pid }) => pid)].map(([pid, all]) => {
    const partitions = all.flatMap((one) => one.partitions).sort((a, b) => a - b)
    return `process ${pid} ${partitions.length === 0 ? 'none' : partitions.join(' ')}`
  })
  return `partitions of ${stream}: ${[...ofProcess, ...(free.length === 0 ? [] : [`nobody ${free.join(' ')}`])].join(', ')}`
}

function microBatchLine({ view, rows, until, lag_ms, seconds }: Extract<Notice, { kind: 'micro-batch' }>): string {
  const when = until === null ? '' : ` until ${until}`
  return `${view}${when}: ${count(rows)} rows in a micro-batch of ${seconds} s${lag_ms === null ? '' : `; lag ${lag_ms} ms`}`
}

function outletLine({ kind, name, state, waiting, last_error }: Extract<Notice, { kind: 'outlet' }>['outlet']): string {
  if (state === 'running') return `${kind} ${plainText(name)} takes what it gets again`
  const what = state === 'refused' ? 'refuses its rows; mend it and start anew' : 'fails and is tried again'
  return `problem: ${kind} ${plainText(name)} ${what}: ${plainText(last_error)}; ${count(waiting)} wait`
}

function windowLine(summary: WindowSummary): string {
  const busiest = summary.busiest
    .slice(0, 3)
    .map((row) => busyText(summary.view, row))
    .join(', ')
  const when = summary.start === undefined ? '' : ` ${clockText(summary.start)} – ${clockText(summary.end).slice(11)}`
  return `${summary.view.name}${when}: ${count(summary.keys)} keys; busiest ${busiest}`
}

function statusLine(status: LiveStatus): string {
  const watermark = Object.values(status.watermark)
    .map((time) => time ?? 'none yet')
    .join(', ')
  return `${count(status.lines)} lines, ${count(status.lines_per_second)} a second; ${count(status.dead_letters)} dead letters; watermark ${watermark}${status.lag_ms === null ? '' : `; lag ${status.lag_ms} ms`}`
}

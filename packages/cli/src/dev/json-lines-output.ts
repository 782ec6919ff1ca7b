import { jsonValue } from '../output/json-value.ts'
import type { DevEvent, DevOutput, ShownView } from './dev-event.ts'
import type { StdoutWriter } from './stdout-writer.ts'

/** Rows joined to one write. */
const ROWS_PER_WRITE = 1_000

/** One JSON document a line: `{"kind":"window",…}`, `{"kind":"alert",…}` and the others. */
export class JsonLinesOutput implements DevOutput {
  readonly #out: StdoutWriter

  constructor(out: StdoutWriter) {
    this.#out = out
  }

  async show(event: DevEvent): Promise<void> {
    if (event.kind === 'closed') return
    if (event.kind === 'windows' || event.kind === 'scores') {
      const kind = event.kind === 'windows' ? 'window' : 'score'
      for (let from = 0; from < event.rows.length; from += ROWS_PER_WRITE) {
        await this.#out.write(
          event.rows
            .slice(from, from + ROWS_PER_WRITE)
            .map((row) => `${JSON.stringify(rowDocument(kind, event.view, row))}\n`)
            .join(''),
        )
      }
      return
    }
    await this.#out.write(`${JSON.stringify(flat(event))}\n`)
  }

  close(): void {}
}

function flat(event: Exclude<DevEvent, { kind: 'windows' | 'scores' | 'closed' }>): unknown {
  if (event.kind === 'alert') return { kind: 'alert', ...event.alert }
  if (event.kind === 'status') return { kind: 'status', ...event.status }
  return event
}

function rowDocument(kind: 'window' | 'score', view: ShownView, row: readonly Parameters<typeof jsonValue>[0][]): unknown {
  const key: Record<string, unknown> = {}
  const values: Record<string, unknown> = {}
  const document: Record<string, unknown> = { kind, asset: view.name }
  for (const [i, field] of view.fields.entries()) {
    const value = jsonValue(row[i], field.type)
    if (field.name === 'window_start' || field.name === 'window_end') document[field.name] = value
    else if (view.entity.includes(field.name)) key[field.name] = value
    else values[field.name] = value
  }
  return { ...document, key, values }
}

/** What `run --json` prints. */
export interface RunDocument extends WholeInput {
  readonly run: { readonly id: string; readonly project: string; readonly engine: string; readonly resumed: boolean }
  readonly input: WholeInput['input'] & { readonly name: string; readonly new_lines: number }
  readonly alerts: readonly Alert[]
  readonly seconds: number
}

/** The part of the document that depends on the input and on nothing else. */
export interface WholeInput {
  readonly input: InputFigures
  readonly assets: Readonly<Record<string, AssetFigures>>
  readonly top: readonly Totals[]
  readonly alerts: readonly AlertContent[]
}

export interface InputFigures {
  readonly bytes: number
  readonly sha256: string
  readonly lines: number
  readonly blank: number
  readonly decoded: number
  readonly dead_letters: number
  readonly reasons: Readonly<Record<string, number>>
  readonly first_event: string | null
  readonly last_event: string | null
}

export interface AssetFigures {
  readonly rows_in: number
  readonly rows_counted: number
  readonly late: number
  readonly late_memberships: number
  readonly rows: number
  readonly keys: number
}

export interface Evidence {
  readonly hits: number
  readonly errors: number
  readonly failed_logins: number
  readonly distinct_paths: number
  readonly response_bytes: number | string | null
}

export interface Totals extends Evidence {
  readonly ip: string
}

export interface AlertContent {
  readonly asset: string
  readonly key: { readonly ip: string }
  readonly window_start: string
  readonly window_end: string
  readonly evidence: Evidence
  readonly score: null
  readonly model: null
}

export interface Alert extends AlertContent {
  readonly id: string
  readonly sample_offsets: readonly number[]
  readonly runbook: string
}

export interface Digest {
  readonly rows: number
  readonly sha256: string
}

export interface SqlDocument {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly (string | number | boolean | null)[])[]
  readonly row_count: number
  readonly truncated: boolean
  readonly seconds: number
}

/** What `--json` prints when a command fails. */
export interface ErrorDocument {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly asked?: unknown
    readonly found?: unknown
    readonly do?: string
    readonly at?: { readonly file: string; readonly line?: number }
  }
}

/** The document without what tells of this run only. */
export function wholeInput(document: RunDocument): WholeInput {
  const { name: _name, new_lines: _new, ...input } = document.input
  const alerts = document.alerts.map(({ id: _id, sample_offsets: _samples, runbook: _runbook, ...alert }) => alert)
  return { input, assets: document.assets, top: document.top, alerts }
}

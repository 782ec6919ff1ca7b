import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { userError } from '@millrace/core'

/** A stretch of time over which some keys are known to be of the positive class. Times are epoch ms. */
export interface Label {
  readonly id: string
  readonly keys: readonly string[]
  readonly from: number
  readonly to: number
  /** When it became known; rows that were available only later are not learnt from it. */
  readonly knownAt: number | undefined
}

export interface LabelFile {
  readonly path: string
  /** SHA-256 (hex) of the file. */
  readonly sha256: string
  readonly labels: readonly Label[]
}

/** Most keys of all labels together. */
export const LABEL_KEYS_MAX = 2_000_000

/**
 * Reads labels from JSON lines `{"id","from","to","known_at"?, [field]: [key, …]}`; times are ISO 8601 or epoch ms, blank lines are passed over.
 *
 * @throws `model/label-file`, `model/bad-label` with the line's number
 */
export async function readLabels(path: string, options: { readonly field: string }): Promise<LabelFile> {
  const { text, sha256 } = await readLabelText(path)
  return { path, sha256, labels: parseLabels(text, { ...options, path }) }
}

/** The text of a label file, and the SHA-256 of its bytes. @throws `model/label-file` */
export async function readLabelText(path: string): Promise<{ readonly text: string; readonly sha256: string }> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw userError('model/label-file', `The label file ${path} cannot be read: ${reason}`, {
      asked: path,
      found: reason,
      do: 'Name a file of JSON lines with `--labels FILE`.',
      cause,
    })
  })
  return { text: bytes.toString('utf8'), sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** The labels of a text of JSON lines. @throws `model/bad-label` */
export function parseLabels(text: string, options: { readonly field: string; readonly path: string }): readonly Label[] {
  const labels: Label[] = []
  let keys = 0
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const at = { file: options.path, line: i + 1 }
    const label = labelOf(line, options.field, at)
    keys += label.keys.length
    if (keys > LABEL_KEYS_MAX)
      throw badLabel(at, `holds the ${LABEL_KEYS_MAX + 1}th key`, `Give at most ${LABEL_KEYS_MAX} keys over all labels.`)
    labels.push(label)
  }
  return labels
}

export interface Place {
  readonly file: string
  readonly line: number
}

function labelOf(line: string, field: string, at: Place): Label {
  const value = parsed(line, at)
  const from = timeOf(value, 'from', at)
  const to = timeOf(value, 'to', at)
  if (to < from) throw badLabel(at, `ends (${value.to}) before it begins (${value.from})`, 'Let `to` be the last moment of the label.')
  const id = value.id === undefined ? `line ${at.line}` : String(value.id)
  return { id, keys: keysOf(value[field], field, at), from, to, knownAt: knownAtOf(value, at) }
}

/** When a label became known, where it says so. */
export function knownAtOf(value: Readonly<Record<string, unknown>>, at: Place): number | undefined {
  return value.known_at === undefined || value.known_at === null ? undefined : timeOf(value, 'known_at', at)
}

/** A line's JSON object. */
export function parsed(line: string, at: Place): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw badLabel(at, `is no JSON: ${(cause as Error).message}`, 'Write one JSON object a line.')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw badLabel(at, 'is no JSON object', 'Write one JSON object a line.')
}

function keysOf(value: unknown, field: string, at: Place): readonly string[] {
  const good = Array.isArray(value) && value.length > 0 && value.every((key) => typeof key === 'string' || typeof key === 'number')
  if (good) return [...new Set((value as unknown[]).map(String))]
  throw badLabel(at, `has ${shown(value)} under \`${field}\``, `Give \`${field}\` a list of at least one key.`)
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/

/** A field that is a time, epoch ms. */
export function timeOf(value: Readonly<Record<string, unknown>>, name: string, at: Place): number {
  const time = value[name]
  if (typeof time === 'number' && Number.isSafeInteger(time)) return time
  const ms = typeof time === 'string' && ISO_TIME.test(time) ? Date.parse(time) : Number.NaN
  if (Number.isFinite(ms)) return ms
  throw badLabel(
    at,
    `has ${shown(time)} under \`${name}\``,
    `Give \`${name}\` a time like 2026-01-31T08:00:00.000Z, or whole epoch milliseconds.`,
  )
}

/** What was found in a field, for an error. */
export function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60)
}

export function badLabel(at: Place, found: string, advice: string): Error {
  return userError('model/bad-label', `Line ${at.line} of ${at.file} ${found}.`, { asked: at.file, found, do: advice, at })
}

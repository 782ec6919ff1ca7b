import { badLabel, knownAtOf, LABEL_KEYS_MAX, type Place, parsed, readLabelText, shown, timeOf } from './label-file.ts'

/** A key that is known to be, or not to be, of the positive class at a moment. Times are epoch ms. */
export interface Moment {
  /** The entity's values as text; with a null it is the label of no row. */
  readonly key: readonly (string | null)[]
  readonly at: number
  readonly positive: boolean
  /** When it became known; rows that were available only later are not seen. */
  readonly knownAt: number | undefined
}

export interface MomentFile {
  readonly path: string
  /** SHA-256 (hex) of the file. */
  readonly sha256: string
  readonly moments: readonly Moment[]
}

export interface MomentFields {
  /** The entity's columns, which are fields of each line. */
  readonly entity: readonly string[]
  readonly time: string
  readonly value: string
}

/** Reads labelled moments from JSON lines. @throws `model/label-file`, `model/bad-label` with the line's number */
export async function readMoments(path: string, fields: MomentFields): Promise<MomentFile> {
  const { text, sha256 } = await readLabelText(path)
  return { path, sha256, moments: parseMoments(text, { ...fields, path }) }
}

/** The labelled moments of a text of JSON lines. @throws `model/bad-label` */
export function parseMoments(text: string, of: MomentFields & { readonly path: string }): readonly Moment[] {
  const moments: Moment[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const at = { file: of.path, line: i + 1 }
    if (moments.length === LABEL_KEYS_MAX)
      throw badLabel(at, `holds the ${LABEL_KEYS_MAX + 1}th label`, `Give at most ${LABEL_KEYS_MAX} labels.`)
    moments.push(momentOf(line, of, at))
  }
  return moments
}

function momentOf(line: string, { entity, time, value: field }: MomentFields, at: Place): Moment {
  const value = parsed(line, at)
  const positive = value[field]
  if (typeof positive !== 'boolean')
    throw badLabel(at, `has ${shown(positive)} under \`${field}\``, `Give \`${field}\` the value true or false.`)
  return {
    key: entity.map((name) => keyOf(value[name], name, at)),
    at: timeOf(value, time, at),
    positive,
    knownAt: knownAtOf(value, at),
  }
}

function keyOf(value: unknown, name: string, at: Place): string | null {
  if (value === null) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw badLabel(at, `has ${shown(value)} under \`${name}\``, `Give \`${name}\` a value of the view's key.`)
}

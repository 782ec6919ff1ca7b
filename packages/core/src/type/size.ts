import { userError } from '../error/index.ts'

/** A number of bytes: `64MB`, `512MiB`, `1GB`. */
export type Size = `${number}${'B' | 'kB' | 'MB' | 'GB' | 'KiB' | 'MiB' | 'GiB'}`

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
}

/** Bytes of a size; refuses other text with `bad-size` of the given area. */
export function sizeBytes(text: string, what: string, area = 'project'): number {
  const match = /^(\d+(?:\.\d+)?)(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(String(text))
  const bytes = match === null ? Number.NaN : Number(match[1]) * UNIT_BYTES[match[2]]
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw userError(`${area}/bad-size`, `The ${what} is \`${text}\`, which is no number of bytes.`, {
    asked: text,
    found: Object.keys(UNIT_BYTES),
    do: 'Write a number and a unit, e.g. `64MB` or `1GiB`.',
  })
}

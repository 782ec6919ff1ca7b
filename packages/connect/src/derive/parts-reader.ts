import type { PartKind, Value, ValueParts } from '@millrace/core'
import { ipParts } from './ip-parts.ts'
import { urlParts } from './url-parts.ts'
import { userAgentParts } from './user-agent-parts.ts'

/** Distinct texts that are remembered of the recent past, twice at most. */
const RECENT_MAX = 32_768
/** Longer texts are not remembered. */
const REMEMBERED_LENGTH_MAX = 2_048

/** The values of a text's parts, in the order of `VALUE_PARTS`; undefined of a text that is none of the kind. */
export type PartsReader = (text: string) => readonly Value[] | undefined

const READ: Readonly<Record<PartKind, (text: string, parts: ValueParts) => readonly Value[] | undefined>> = {
  url: (text, { base }) => urlParts(text, base),
  ip: (text) => ipParts(text),
  'user-agent': (text) => userAgentParts(text),
}

const READERS = new WeakMap<ValueParts, PartsReader>()

/** The reader of a field's texts: one for its check and for its columns. It remembers the parts of recent texts, for most occur again and again. */
export function partsReader(parts: ValueParts): PartsReader {
  const known = READERS.get(parts) ?? newReader(parts)
  READERS.set(parts, known)
  return known
}

function newReader(parts: ValueParts): PartsReader {
  let recent = new Map<string, readonly Value[] | undefined>()
  let older: typeof recent = new Map()
  return (text) => {
    if (recent.has(text)) return recent.get(text)
    const found = older.has(text) ? older.get(text) : READ[parts.kind](text, parts)
    if (text.length > REMEMBERED_LENGTH_MAX) return found
    if (recent.size >= RECENT_MAX) {
      older = recent
      recent = new Map()
    }
    recent.set(text, found)
    return found
  }
}

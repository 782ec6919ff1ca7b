import type { SourceField, ValueParts } from '@millrace/core'
import type { DeadLetterReason } from '../dead-letter.ts'
import { partsReader } from '../derive/parts-reader.ts'

/** A field that records bring. */
export interface IngestField extends SourceField {
  /** What is read out of its texts into columns behind it. */
  readonly parts?: ValueParts
}

/** What is wrong with a text of the field, or undefined. */
export type PartsCheck = (text: string) => DeadLetterReason | undefined

const REASONS: Readonly<Record<ValueParts['kind'], DeadLetterReason>> = {
  url: 'contract/not-a-url',
  ip: 'contract/not-an-ip',
  'user-agent': 'contract/type',
}

/** Tells texts that are none of their field's kind; undefined where every text will do. */
export function partsCheck({ parts }: IngestField): PartsCheck | undefined {
  if (parts === undefined || parts.lenient) return undefined
  const read = partsReader(parts)
  return (text) => (read(text) === undefined ? REASONS[parts.kind] : undefined)
}

import type { Field } from '@millrace/columnar'

/** Earliest watermark, before every initial split has spoken or ended: 0001-01-01T00:00:00.000Z. */
export const WATERMARK_FLOOR = -62_135_596_800_000
/** Watermark at the end of input: 9999-12-31T23:59:59.999Z. */
export const WATERMARK_END = 253_402_300_799_999

/** The stamp columns every record of a log carries before its own columns, in this order. Made once, at ingest. */
export const STAMP_FIELDS: readonly Field[] = [
  /** Strictly increasing per source, from 0; dead letters take one too. */
  { name: '_arrival', type: 'int64', nullable: false },
  { name: '_split', type: 'string', nullable: false },
  /** Byte offset of the record in its split (files), or its position there. */
  { name: '_offset', type: 'int64', nullable: false },
  { name: '_ingested_at', type: 'timestamp', nullable: false },
  { name: '_schema_version', type: 'int32', nullable: false },
  { name: '_producer', type: 'string', nullable: false },
  /** The source's watermark before this record. */
  { name: '_watermark', type: 'timestamp', nullable: false },
]

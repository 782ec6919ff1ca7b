import { crc32 } from 'node:zlib'
import { BatchFormatError } from '../batch-format-error.ts'
import { type Batch, type Column, columnKind, type Field } from '../column.ts'
import { unknownColumn } from '../take.ts'
import { columnFrom, type EncodedColumn } from './column-from.ts'
import { AT, COLUMN, damaged, ENTRY_BYTES, type Encoding, HAS_EVENT_TIME, HEADER_BYTES, headChecksum, MAGIC, VERSION } from './layout.ts'

/** What a batch says about itself; times are epoch ms, the event times are undefined when it has none. */
export interface BatchHeader {
  readonly version: number
  readonly rows: number
  readonly minEventTime: number | undefined
  readonly maxEventTime: number | undefined
  readonly watermarkAfter: number
  readonly ingestedAt: number
  readonly names: string[]
}

export interface DecodedBatch extends BatchHeader {
  readonly batch: Batch
}

export interface DecodeOptions {
  /** Whether the checksum over all vectors is compared, also over those not asked for; the header's and directory's always is. Default true. */
  readonly verify?: boolean
}

interface Entry {
  readonly field: Field
  readonly encoding: Encoding
  readonly hasNulls: boolean
  readonly wide: boolean
  readonly position: number
  readonly length: number
}

/**
 * Reads the header and the directory only.
 *
 * @throws BatchFormatError `columnar/not-a-batch`, `columnar/newer-format`, `columnar/damaged-batch`
 */
export function batchHeader(bytes: Uint8Array): BatchHeader {
  const buffer = checkedHead(bytes)
  return headerOf(buffer, entriesOf(buffer))
}

/**
 * Decodes a batch, or only the named columns in the order of the names. Arrays may be views of `bytes` where these are aligned: copy
 * `bytes` first if they do not stay as they are.
 *
 * @throws BatchFormatError as `batchHeader`, and `columnar/unknown-column`
 */
export function decodeBatch(bytes: Uint8Array, names?: readonly string[], options: DecodeOptions = {}): DecodedBatch {
  const buffer = checkedHead(bytes)
  const entries = entriesOf(buffer)
  const header = headerOf(buffer, entries)
  if (options.verify !== false) checkBody(buffer)
  const chosen = names === undefined ? entries : names.map((name) => entryNamed(entries, name))
  const columns = chosen.map((entry) => decodeColumn(buffer, entry, header.rows))
  return { ...header, batch: { rows: header.rows, fields: chosen.map((entry) => entry.field), columns } }
}

function checkedHead(bytes: Uint8Array): Buffer {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEADER_BYTES || buffer.readUInt32LE(AT.magic) !== MAGIC) {
    throw new BatchFormatError('columnar/not-a-batch', `${buffer.length} bytes were given as a batch; they do not begin as one.`)
  }
  const version = buffer.readUInt8(AT.version)
  if (version !== VERSION) {
    throw new BatchFormatError('columnar/newer-format', `The batch has format version ${version}; this program reads version ${VERSION}.`)
  }
  const directoryBytes = buffer.readUInt32LE(AT.directoryBytes)
  const totalBytes = buffer.readUInt32LE(AT.totalBytes)
  if (totalBytes !== buffer.length) throw damaged(`it says it has ${totalBytes} bytes, there are ${buffer.length}`)
  if (HEADER_BYTES + directoryBytes > totalBytes) throw damaged('its directory goes beyond its end')
  if (headChecksum(buffer, directoryBytes) !== buffer.readUInt32LE(AT.headChecksum)) throw damaged('the checksum of its header differs')
  return buffer
}

function checkBody(buffer: Buffer): void {
  const body = buffer.subarray(HEADER_BYTES + buffer.readUInt32LE(AT.directoryBytes))
  if (crc32(body) !== buffer.readUInt32LE(AT.bodyChecksum)) throw damaged('the checksum of its columns differs')
}

function headerOf(buffer: Buffer, entries: readonly Entry[]): BatchHeader {
  const hasEventTime = (buffer.readUInt8(AT.flags) & HAS_EVENT_TIME) !== 0
  return {
    version: buffer.readUInt8(AT.version),
    rows: buffer.readUInt32LE(AT.rows),
    minEventTime: hasEventTime ? buffer.readDoubleLE(AT.minEventTime) : undefined,
    maxEventTime: hasEventTime ? buffer.readDoubleLE(AT.maxEventTime) : undefined,
    watermarkAfter: buffer.readDoubleLE(AT.watermarkAfter),
    ingestedAt: buffer.readDoubleLE(AT.ingestedAt),
    names: entries.map((entry) => entry.field.name),
  }
}

function entriesOf(buffer: Buffer): Entry[] {
  const count = buffer.readUInt16LE(AT.columns)
  const entries: Entry[] = new Array(count)
  const text = (from: number, to: number): string => buffer.toString('utf8', from, to)
  let at = HEADER_BYTES
  for (let i = 0; i < count; i++) {
    const nameEnd = at + ENTRY_BYTES + buffer.readUInt16LE(at + 8)
    const end = nameEnd + buffer.readUInt16LE(at + 10)
    const flags = buffer.readUInt8(at + 13)
    entries[i] = {
      field: { name: text(at + ENTRY_BYTES, nameEnd), type: text(nameEnd, end), nullable: (flags & COLUMN.nullable) !== 0 },
      encoding: buffer.readUInt8(at + 12) as Encoding,
      hasNulls: (flags & COLUMN.hasNulls) !== 0,
      wide: (flags & COLUMN.wide) !== 0,
      position: buffer.readUInt32LE(at),
      length: buffer.readUInt32LE(at + 4),
    }
    at = end
  }
  return entries
}

function entryNamed(entries: readonly Entry[], name: string): Entry {
  const entry = entries.find((candidate) => candidate.field.name === name)
  if (entry === undefined)
    throw unknownColumn(
      name,
      entries.map((candidate) => candidate.field.name),
    )
  return entry
}

function decodeColumn(buffer: Buffer, entry: Entry, rows: number): Column {
  const kind = columnKind(entry.field.type)
  if (kind === undefined)
    throw new BatchFormatError(
      'columnar/unsupported-type',
      `Column \`${entry.field.name}\` has type ${entry.field.type}, which batches do not hold.`,
    )
  const end = entry.position + entry.length
  if (end > buffer.length) throw damaged(`column \`${entry.field.name}\` goes beyond its end`)
  const start = buffer.byteOffset + entry.position
  const view = new Uint8Array(buffer.buffer, start, entry.length)
  const bytes = start % 8 === 0 ? view : view.slice()
  return checkedColumn(entry.field.name, { kind, encoding: entry.encoding, hasNulls: entry.hasNulls, wide: entry.wide, bytes, rows })
}

/** Sizes in a damaged vector show as a range error of a typed array. */
function checkedColumn(name: string, encoded: EncodedColumn): Column {
  try {
    return columnFrom(encoded)
  } catch (cause) {
    if (cause instanceof RangeError) throw damaged(`column \`${name}\` is shorter than it says`)
    throw cause
  }
}

import { type Buffer, Buffer as Bytes } from 'node:buffer'
import { type AccessRow, readAccessLine } from './access-line.ts'

const DELAY_MS = 30_000
const FLOOR = -62_135_596_800_000
const RAW_BYTES_MAX = 1024

/** A row in its place: `arrival` counts rows and dead letters, `watermark` is the one before it. */
export interface PlacedRow extends AccessRow {
  readonly arrival: number
  readonly offset: number
  readonly watermark: number
}

export interface RefusedLine {
  readonly arrival: number
  readonly line: number
  readonly offset: number
  readonly reason: string
  readonly column: string | null
  readonly raw: Buffer
  readonly length: number
}

/** A whole log as read by the checker. */
export interface ReadLog {
  readonly lines: number
  readonly blank: number
  readonly rows: readonly PlacedRow[]
  readonly refused: readonly RefusedLine[]
}

/** Reads a log from its first byte to its last. A last line without newline is a line. */
export function readLog(log: Uint8Array): ReadLog {
  const bytes = Bytes.from(log.buffer, log.byteOffset, log.byteLength)
  const read = { lines: 0, blank: 0, rows: [] as PlacedRow[], refused: [] as RefusedLine[] }
  let watermark = FLOOR
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, from)
    const end = newline < 0 ? bytes.length : newline
    const line = withoutReturn(bytes.subarray(from, end))
    const arrival = read.rows.length + read.refused.length
    read.lines += 1
    const result = readAccessLine(line)
    if (result === 'blank') read.blank += 1
    else if ('reason' in result)
      read.refused.push({ ...result, arrival, line: read.lines, offset: from, raw: line.subarray(0, RAW_BYTES_MAX), length: line.length })
    else {
      read.rows.push({ ...result.row, arrival, offset: from, watermark })
      watermark = Math.max(watermark, result.row.event_time - DELAY_MS)
    }
    from = end + 1
  }
  return read
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line
}

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import {
  type DecodedLines,
  digestPrefixes,
  type IngestStream,
  type InputTotals,
  type LineBlock,
  openBoundedInput,
  recordEndOf,
} from '@millrace/connect'
import { type ArchiveLimits, userError } from '@millrace/core'
import { parquetRows } from './parquet-file.ts'
import { fileDigest, openParquetDuckdb } from './parquet-reader.ts'
import { standardInput } from './standard-input.ts'

/** Records of a bounded input that are taken in together, and how far the input is read with them. */
export interface BoundedPart {
  readonly records: { readonly kind: 'block'; readonly block: LineBlock } | { readonly kind: 'decoded'; readonly decoded: DecodedLines }
  readonly bytes: number
  /** A last line without newline, which may still grow. */
  readonly tail: boolean
}

/** A bounded input behind what was read of it before. */
export interface BoundedRecords {
  readonly bytes: number
  sha256(): string
  readonly progress: { readonly read: number; readonly total: number | undefined }
  parts(): AsyncGenerator<BoundedPart>
  close(): Promise<void>
}

export interface BoundedRequest {
  readonly path: string
  readonly stream: IngestStream
  readonly limits?: ArchiveLimits
  /** What was read before. */
  readonly totals: InputTotals
  /** Told of the pipe that is read, so that it can be given up. */
  readonly onPipe: (pipe: { destroy(): void }) => void
}

const CHUNK_BYTES = 8 * 1024 * 1024
const PARQUET_MARK = Buffer.from('PAR1')

/** Opens an input where it was left: text, compressed or packed, or Parquet. */
export function openBoundedRecords(request: BoundedRequest): Promise<BoundedRecords> {
  return request.stream.format.kind === 'parquet' || isParquet(request.path) ? openParquet(request) : openText(request)
}

async function openText({ path, stream, limits, totals, onPipe }: BoundedRequest): Promise<BoundedRecords> {
  const [after] = totals.bytes === 0 ? [] : await digestPrefixes(path, [totals.bytes])
  if (totals.bytes > 0 && after?.sha256 !== totals.sha256) throw changed(path, totals.bytes, after === undefined)
  const stdin = path === '-' ? standardInput() : undefined
  if (stdin !== undefined) onPipe(stdin)
  const recordEnd = recordEndOf(stream.format)
  const input = await openBoundedInput({
    path,
    chunkBytes: CHUNK_BYTES,
    limits,
    recordEnd,
    stdin,
    ...(after === undefined ? {} : { after }),
  })
  return {
    get bytes() {
      return input.bytes
    },
    get progress() {
      return input.progress
    },
    sha256: () => input.sha256(),
    async *parts() {
      for await (const block of input.blocks()) yield { records: { kind: 'block', block }, bytes: block.end, tail: block.tail }
    },
    close: () => input.close(),
  }
}

/** A Parquet file does not grow: what is read of it stands in its rows, and its bytes are those of the whole from the beginning. */
async function openParquet({ path, stream, totals }: BoundedRequest): Promise<BoundedRecords> {
  const { bytes, sha256 } = await fileDigest(path)
  if (totals.bytes > 0 && totals.sha256 !== sha256) throw changed(path, totals.bytes, bytes < totals.bytes)
  const duckdb = await openParquetDuckdb()
  return {
    bytes,
    sha256: () => sha256,
    progress: { read: 0, total: undefined },
    async *parts() {
      for await (const decoded of parquetRows(duckdb, stream, { path, skip: totals.lines }))
        yield { records: { kind: 'decoded', decoded }, bytes, tail: false }
    },
    close: async () => duckdb.close(),
  }
}

/** What cannot be opened is left to the reader of text, which says why. */
function isParquet(path: string): boolean {
  if (!existsSync(path) || !statSync(path).isFile()) return false
  const mark = Buffer.alloc(PARQUET_MARK.length)
  const fd = openSync(path, 'r')
  try {
    return readSync(fd, mark, 0, mark.length, 0) === mark.length && mark.equals(PARQUET_MARK)
  } finally {
    closeSync(fd)
  }
}

function changed(path: string, bytes: number, shorter: boolean): Error {
  return userError('input/changed', `\`${path}\` no longer begins with the ${bytes} bytes that were read of it.`, {
    asked: path,
    found: shorter ? 'a shorter file' : 'other content',
    do: 'Use `--replace` to start over with the file as it is now.',
  })
}

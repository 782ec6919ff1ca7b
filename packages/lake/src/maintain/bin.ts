import { basename } from 'node:path'
import type { LiveFile } from '../live-file.ts'

/** Files of this part of the target are large enough to be left alone. */
const LARGE_SHARE = 0.75
/** Files of one partition that make a rewrite worth while. */
const FILES_MIN = 2
/** Files below this size are of one size class: most of such a file is its footer. */
const CLASS_BYTES_MIN = 256 * 1024
/** What the name of a file has whose rows stand for all that was said before it. */
export const CONDENSED_MARK = '-condensed-'

/** Files of one partition that become one file, or, sorted or condensed, as many as it takes. */
export type Bin = readonly LiveFile[]

export interface BinLimits {
  readonly targetBytes: number
  /** So many files of one size class make a rewrite worth while; absent: any two small ones do. */
  readonly filesMin?: number
  /** Once bins have so many bytes, no further one is made. */
  readonly bytesMax?: number
}

/** Whether the file holds rows that were condensed. */
export function isCondensed({ path }: { readonly path: string }): boolean {
  return basename(path).includes(CONDENSED_MARK)
}

export function partitionsOf(files: readonly LiveFile[]): Map<string, LiveFile[]> {
  const shown = (value: unknown) => (Buffer.isBuffer(value) ? `x${value.toString('hex')}` : String(value))
  return Map.groupBy(files, ({ ref, tuple }) => `${ref.partition_spec_id} ${tuple.map(shown).join('/')}`)
}

/**
 * Small files of each partition, packed in the order in which they came until the next would be too much. With `filesMin` only files of one
 * size class go together, each class so many times as large as the one below: a row is then written anew once for each class, and a
 * partition keeps fewer than `filesMin` files of each.
 */
export function binsOf(files: readonly LiveFile[], { targetBytes, filesMin, bytesMax = Number.POSITIVE_INFINITY }: BinLimits): Bin[] {
  const bins: Bin[] = []
  for (const partition of partitionsOf(files).values()) {
    const small = partition.filter((file) => file.bytes < targetBytes * LARGE_SHARE && (filesMin === undefined || !isCondensed(file)))
    const classes = filesMin === undefined ? [small] : [...Map.groupBy(small, (file) => sizeClass(file.bytes, filesMin)).values()]
    for (const list of classes) if (list.length >= (filesMin ?? FILES_MIN)) bins.push(...packed(list, targetBytes))
  }
  return upTo(bins, bytesMax)
}

function sizeClass(bytes: number, ratio: number): number {
  return bytes < CLASS_BYTES_MIN ? 0 : 1 + Math.floor(Math.log(bytes / CLASS_BYTES_MIN) / Math.log(ratio))
}

function packed(files: readonly LiveFile[], targetBytes: number): Bin[] {
  const bins: LiveFile[][] = []
  let open: LiveFile[] = []
  let bytes = 0
  for (const file of files) {
    if (bytes + file.bytes > targetBytes) {
      bins.push(open)
      open = []
      bytes = 0
    }
    open.push(file)
    bytes += file.bytes
  }
  return [...bins, open].filter((bin) => bin.length >= FILES_MIN)
}

/** The smallest bins first, since they gain most for what they cost; at least one. */
function upTo(bins: readonly Bin[], bytesMax: number): Bin[] {
  const bytesOf = (bin: Bin) => bin.reduce((sum, file) => sum + file.bytes, 0)
  if (bytesMax === Number.POSITIVE_INFINITY) return [...bins]
  const taken: Bin[] = []
  let bytes = 0
  for (const bin of bins.toSorted((a, b) => bytesOf(a) - bytesOf(b))) {
    bytes += bytesOf(bin)
    if (taken.length > 0 && bytes > bytesMax) break
    taken.push(bin)
  }
  return taken
}

/** Small records of the log, little-endian. Offsets and sizes are doubles: exact up to 2^53. */

export interface FormatRecord {
  readonly version: number
  readonly topics: number
}
export interface TopicRecord {
  readonly id: number
  readonly partitions: number
}
export interface PartitionRecord {
  readonly first: number
  readonly next: number
  /** Sum of the entries' sizes. */
  readonly bytes: number
}

export function packFormat(record: FormatRecord): Uint8Array {
  return packNumbers([record.version, record.topics])
}

export function unpackFormat(bytes: Uint8Array): FormatRecord {
  const [version, topics] = unpackNumbers(bytes)
  return { version, topics }
}

export function packTopic(record: TopicRecord): Uint8Array {
  return packNumbers([record.id, record.partitions])
}

export function unpackTopic(bytes: Uint8Array): TopicRecord {
  const [id, partitions] = unpackNumbers(bytes)
  return { id, partitions }
}

export function packPartition(record: PartitionRecord): Uint8Array {
  return packNumbers([record.first, record.next, record.bytes])
}

export function unpackPartition(bytes: Uint8Array | undefined): PartitionRecord {
  const [first, next, size] = bytes === undefined ? [0, 0, 0] : unpackNumbers(bytes)
  return { first, next, bytes: size }
}

export function packPosition(next: number): Uint8Array {
  return packNumbers([next])
}

export function unpackPosition(bytes: Uint8Array): number {
  return unpackNumbers(bytes)[0]
}

function packNumbers(numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(numbers.length * 8)
  for (let i = 0; i < numbers.length; i++) bytes.writeDoubleLE(numbers[i], i * 8)
  return bytes
}

function unpackNumbers(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.byteLength >> 3 }, (_, i) => view.getFloat64(i * 8, true))
}

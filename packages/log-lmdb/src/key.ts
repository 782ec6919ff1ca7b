/** One tree holds everything; the first byte of a key says what it is. Numbers are big-endian, so that keys sort as their numbers do. */
const KIND = { format: 0, topic: 1, partition: 2, entry: 3, position: 4, consumer: 5, pair: 6 } as const

const ENTRY_KEY_BYTES = 25
const UINT32_MAX = 0xffffffff

export const FORMAT_KEY = Buffer.of(KIND.format)

/** Which offsets an entry takes and how many bytes it has. */
export interface EntryPlace {
  readonly offset: number
  readonly span: number
  readonly size: number
}

export function topicKey(topic: string): Buffer {
  return textKey(Buffer.of(KIND.topic), topic)
}

export function topicOfKey(key: Uint8Array): string {
  return textOf(key, 1)
}

/** State of one partition: first and next offset, live bytes. */
export function partitionKey(topicId: number, partition: number): Buffer {
  return placeKey(KIND.partition, topicId, partition)
}

/** An entry, by its first offset; offsets taken and size follow, so that keys alone tell what retention needs. */
export function entryKey(topicId: number, partition: number, place: EntryPlace): Buffer {
  const key = Buffer.allocUnsafe(ENTRY_KEY_BYTES)
  key[0] = KIND.entry
  key.writeUInt32BE(topicId, 1)
  key.writeUInt32BE(partition, 5)
  key.writeUInt32BE(Math.floor(place.offset / 2 ** 32), 9)
  key.writeUInt32BE(place.offset % 2 ** 32, 13)
  key.writeUInt32BE(place.span, 17)
  key.writeUInt32BE(place.size, 21)
  return key
}

export function entryPlaceOf(key: Uint8Array): EntryPlace {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  return { offset: view.getUint32(9) * 2 ** 32 + view.getUint32(13), span: view.getUint32(17), size: view.getUint32(21) }
}

/** Bounds of the entries whose first offset is at least `from`. */
export function entriesFrom(topicId: number, partition: number, from: number): { start: Buffer; end: Buffer } {
  return { start: entryKey(topicId, partition, { offset: from, span: 0, size: 0 }), end: placeKey(KIND.entry, topicId, partition + 1) }
}

/** Bounds, going backwards, of the entries whose first offset is at most `offset`. */
export function entriesBackFrom(topicId: number, partition: number, offset: number): { start: Buffer; end: Buffer } {
  return {
    start: entryKey(topicId, partition, { offset, span: UINT32_MAX, size: UINT32_MAX }),
    end: placeKey(KIND.entry, topicId, partition),
  }
}

export function positionKey(consumer: string, topicId: number, partition: number): Buffer {
  return textKey(placeKey(KIND.position, topicId, partition), consumer)
}

export function consumerKey(consumer: string, topicId: number): Buffer {
  return textKey(numberKey(KIND.consumer, topicId), consumer)
}

export function consumersOf(topicId: number): { start: Buffer; end: Buffer } {
  return { start: numberKey(KIND.consumer, topicId), end: numberKey(KIND.consumer, topicId + 1) }
}

export function consumerOfKey(key: Uint8Array): string {
  return textOf(key, 5)
}

export function pairKey(key: string): Buffer {
  return textKey(Buffer.of(KIND.pair), key)
}

export function pairOfKey(key: Uint8Array): string {
  return textOf(key, 1)
}

export const TOPICS = { start: Buffer.of(KIND.topic), end: Buffer.of(KIND.topic + 1) }

/** Bounds of the pairs whose key begins with `prefix`. */
export function pairsWith(prefix: string): { start: Buffer; end: Buffer } {
  const start = pairKey(prefix)
  return { start, end: after(start) }
}

/** The least key that does not begin with `prefix` and comes after all that do. The first byte is below 255. */
function after(prefix: Buffer): Buffer {
  let length = prefix.length
  while (prefix[length - 1] === 0xff) length--
  const key = Buffer.from(prefix.subarray(0, length))
  key[length - 1]++
  return key
}

function numberKey(kind: number, topicId: number): Buffer {
  const key = Buffer.allocUnsafe(5)
  key[0] = kind
  key.writeUInt32BE(topicId, 1)
  return key
}

function placeKey(kind: number, topicId: number, partition: number): Buffer {
  const key = Buffer.allocUnsafe(9)
  key[0] = kind
  key.writeUInt32BE(topicId, 1)
  key.writeUInt32BE(partition, 5)
  return key
}

function textKey(head: Buffer, text: string): Buffer {
  return Buffer.concat([head, Buffer.from(text, 'utf8')])
}

function textOf(key: Uint8Array, from: number): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8', from)
}

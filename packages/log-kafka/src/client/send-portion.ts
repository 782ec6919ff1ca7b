/** A record on its way to a partition. */
export interface OutgoingRecord {
  readonly topic: string
  readonly partition: number
  readonly key?: Buffer
  /** Null is a tombstone. */
  readonly value: Buffer | null
  readonly headers?: ReadonlyMap<Buffer, Buffer>
}

/** Bytes of one partition in one request: below the brokers' default `max.message.bytes` of 1,048,588, which holds for all of them together. */
const PORTION_BYTES_MAX = 900_000
const PORTION_RECORDS_MAX = 10_000
/** What a record takes beside its key and value, generously: lengths, deltas, attributes. */
const RECORD_OVERHEAD_BYTES = 40

/** The records in groups that go into one request each: the client makes one batch a partition, of whatever size. */
export function portionsOf(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const portions: OutgoingRecord[][] = []
  let portion: OutgoingRecord[] = []
  let filled = new Map<string, number>()
  for (const record of records) {
    const place = `${record.topic}/${record.partition}`
    const bytes = (filled.get(place) ?? 0) + sizeOf(record)
    if (portion.length > 0 && (bytes > PORTION_BYTES_MAX || portion.length >= PORTION_RECORDS_MAX)) {
      portions.push(portion)
      portion = []
      filled = new Map([[place, sizeOf(record)]])
    } else filled.set(place, bytes)
    portion.push(record)
  }
  if (portion.length > 0) portions.push(portion)
  return portions
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, text] of headers ?? []) bytes += name.length + text.length + 10
  return bytes
}

import { type Callback, Consumer, kGetApi, type RecordsBatch } from '@platformatic/kafka'

/** The client exports no name for it. */
type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]

/** One call of the protocol, as the client holds it. */
interface Api {
  (...request: unknown[]): unknown
  readonly version: number
}

const IS_TRANSACTIONAL = 0x10
const IS_CONTROL = 0x20
/** Type of the control record that ends a transaction which counts for nothing. */
const ABORT = 0

/**
 * The client's consumer with read_committed as Kafka's own client has it. The client keeps one range for each producer and response, from its last
 * aborted transaction there to its last abort marker. So it lets through what a producer aborted twice in one response, and takes away what it committed
 * before a transaction that was aborted without records. Here answers are judged as they arrive, and list no aborted transactions to the client.
 */
export class ReadCommittedConsumer extends Consumer<Buffer, Buffer, Buffer, Buffer> {
  override [kGetApi](name: string, callback: Callback<never>): void {
    const got = callback as Callback<unknown>
    super[kGetApi](name, (error, api) => got(error, name === 'Fetch' && error === null ? committedOnly(api as unknown as Api) : api))
  }
}

function committedOnly(fetch: Api): Api {
  const judged = (...request: unknown[]): unknown => {
    const callback = request.pop() as Callback<FetchResponse | undefined>
    return fetch(...request, (error: Error | null, response?: FetchResponse) => {
      for (const { partitions } of response?.responses ?? []) partitions.forEach(dropAborted)
      callback(error, response)
    })
  }
  return Object.assign(judged, fetch)
}

/**
 * Empties batches of aborted transactions; control batches too. Batches stay, as a reader takes its position from them.
 *
 * The response lists the aborted transactions that reach into it, by producer and first offset. A producer's batches count for nothing from
 * there to its abort marker, or to the response's end.
 */
export function dropAborted(partition: Pick<FetchedPartition, 'records' | 'abortedTransactions'>): void {
  const { records, abortedTransactions } = partition
  const ahead = [...(abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborting = new Set<bigint>()
  let place = 0
  for (const batch of records ?? []) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta)
    while (place < ahead.length && ahead[place].firstOffset <= last) aborting.add(ahead[place++].producerId)
    if ((batch.attributes & IS_CONTROL) !== 0) {
      if (isAbort(batch)) aborting.delete(batch.producerId)
      batch.records = []
    } else if ((batch.attributes & IS_TRANSACTIONAL) !== 0 && aborting.has(batch.producerId)) batch.records = []
  }
  partition.abortedTransactions = []
}

function isAbort({ records: [marker] }: RecordsBatch): boolean {
  return marker?.key?.readInt16BE(2) === ABORT
}

import { Consumer, type FetchOptions, type RecordsBatch } from '@platformatic/kafka'

/** The client exports no names for these. */
type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]

type Fetched = (error: Error | null, response?: FetchResponse) => void
type Options = FetchOptions<Buffer, Buffer, Buffer, Buffer>

const IS_TRANSACTIONAL = 0x10
const IS_CONTROL = 0x20
/** Type of the control record that ends a transaction which counts for nothing. */
const ABORT = 0

/**
 * The client's consumer with read_committed as Kafka's own client has it. The client keeps one range for each producer and response, so it lets
 * through what a producer aborted twice in one response, and what belongs to a transaction whose end is in a later one.
 */
export class ReadCommittedConsumer extends Consumer<Buffer, Buffer, Buffer, Buffer> {
  override fetch(options: Options, callback: Fetched): void
  override fetch(options: Options): Promise<FetchResponse>
  override fetch(options: Options, callback?: Fetched): Promise<FetchResponse> | undefined {
    if (callback === undefined) {
      return new Promise((resolve, reject) => {
        this.fetch(options, (error, response) => (response === undefined ? reject(error) : resolve(response)))
      })
    }
    super.fetch(options, (error, response) => {
      for (const { partitions } of response?.responses ?? []) for (const partition of partitions) dropAborted(partition)
      callback(error ?? null, response)
    })
    return undefined
  }
}

/**
 * Empties batches of aborted transactions; control batches too. Batches stay, as a reader takes its position from them.
 *
 * The response lists the aborted transactions that reach into it, by producer and first offset. A producer's batches count for nothing from
 * there to its abort marker, or to the response's end.
 */
export function dropAborted({ records, abortedTransactions }: Pick<FetchedPartition, 'records' | 'abortedTransactions'>): void {
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
}

function isAbort({ records: [marker] }: RecordsBatch): boolean {
  return marker?.key?.readInt16BE(2) === ABORT
}

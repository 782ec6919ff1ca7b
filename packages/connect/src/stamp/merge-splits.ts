/** One split of a bounded input, read in parts (batches, or lists of rows) whose records are in the split's order. */
export interface MergeSplit<Part> {
  readonly split: string
  readonly parts: AsyncIterable<Part> | Iterable<Part>
}

/** How records lie in a part. */
export interface MergeShape<Part> {
  count(part: Part): number
  /** Event time of a record, epoch ms; undefined for a dead letter, which comes out as soon as it is next. */
  timeAt(part: Part, index: number): number | undefined
}

/** Records `[from, to)` of a part, next in the merged order. */
export interface MergeRun<Part> {
  readonly split: string
  readonly part: Part
  readonly from: number
  readonly to: number
}

interface Head<Part> {
  readonly split: string
  readonly parts: AsyncIterator<Part> | Iterator<Part>
  part: Part | undefined
  next: number
  count: number
  time: number
}

/**
 * Merges the splits of a bounded input by the event time of their next record, ties by the UTF-8 bytes of the split's name.
 * The order depends on the records alone, not on how they are cut into parts, so a replay is deterministic. One part per split is held.
 *
 * @example
 * for await (const { part, from, to } of mergeSplits(files, { count: (batch) => batch.rows, timeAt })) stamp(part, from, to)
 */
export async function* mergeSplits<Part>(splits: readonly MergeSplit<Part>[], shape: MergeShape<Part>): AsyncGenerator<MergeRun<Part>> {
  const named = [...splits].sort((a, b) => Buffer.compare(Buffer.from(a.split), Buffer.from(b.split)))
  const heads: Head<Part>[] = []
  for (const { split, parts } of named) {
    const iterator = Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]()
    const head: Head<Part> = { split, parts: iterator, part: undefined, next: 0, count: 0, time: 0 }
    if (await load(head, shape)) heads.push(head)
  }
  while (heads.length > 0) {
    const first = leastOf(heads)
    const head = heads[first]
    const part = head.part as Part
    const from = head.next
    do step(head, shape)
    while (head.next < head.count && leastOf(heads) === first)
    yield { split: head.split, part, from, to: head.next }
    if (head.next === head.count && !(await load(head, shape))) heads.splice(first, 1)
  }
}

/** The head whose next record is least; of equal ones the first by name. */
function leastOf<Part>(heads: readonly Head<Part>[]): number {
  let least = 0
  for (let i = 1; i < heads.length; i++) if (heads[i].time < heads[least].time) least = i
  return least
}

function step<Part>(head: Head<Part>, shape: MergeShape<Part>): void {
  head.next += 1
  if (head.next < head.count) head.time = shape.timeAt(head.part as Part, head.next) ?? Number.NEGATIVE_INFINITY
}

/** Takes the next part that has records; false at the split's end. */
async function load<Part>(head: Head<Part>, shape: MergeShape<Part>): Promise<boolean> {
  for (;;) {
    const { value, done } = await head.parts.next()
    if (done === true) return false
    head.part = value
    head.count = shape.count(value)
    head.next = 0
    if (head.count === 0) continue
    head.time = shape.timeAt(value, 0) ?? Number.NEGATIVE_INFINITY
    return true
  }
}

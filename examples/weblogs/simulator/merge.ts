import type { Ask, Birth } from './ask.ts'

interface Entry {
  readonly order: number
  readonly asks: Iterator<Ask | Birth>
  head: Ask | Birth
}

/**
 * All asks of all who ask, in order of time; a birth adds one who asks from its time on. A binary heap by the time of each one's
 * next ask; of equal times the earlier born goes first.
 *
 * Each iterator must yield times that never fall; a birth's asks must not begin before the birth.
 */
export function* merge(first: readonly Iterator<Ask | Birth>[], until: number): Generator<Ask, void, undefined> {
  const heap: Entry[] = []
  let born = 0
  const add = (asks: Iterator<Ask | Birth>): void => {
    const { value } = asks.next()
    if (value) rise(heap, { order: born++, asks, head: value })
  }
  for (const asks of first) add(asks)
  while (heap.length > 0 && heap[0].head.at < until) {
    const entry = heap[0]
    const head = entry.head
    const { value } = entry.asks.next()
    if (value) entry.head = value
    else heap[0] = heap[heap.length - 1]
    if (!value) heap.length -= 1
    sink(heap)
    if ('asks' in head) add(head.asks)
    else yield head
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.head.at < b.head.at || (a.head.at === b.head.at && a.order < b.order)
}

function rise(heap: Entry[], entry: Entry): void {
  let at = heap.length
  heap.push(entry)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(entry, heap[parent])) break
    heap[at] = heap[parent]
    at = parent
  }
  heap[at] = entry
}

function sink(heap: Entry[]): void {
  const entry = heap[0]
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
    if (!before(heap[child], entry)) break
    heap[at] = heap[child]
    at = child
  }
  if (heap.length > 0) heap[at] = entry
}

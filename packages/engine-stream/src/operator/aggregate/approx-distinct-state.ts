import { batchFromRows, type Column, type Field, valueAt } from '@millrace/columnar'
import type { OutputColumn } from '../window/output-column.ts'
import {
  type AggregateInput,
  type AggregateState,
  type EmitRange,
  ENTRY_BYTES,
  type GroupedRows,
  MAP_BYTES,
  pageField,
} from './aggregate-state.ts'
import { estimate, REGISTERS, RegisterPlace } from './hyper-log-log.ts'
import { valueHashes } from './value-hash.ts'

/** So many hashes are kept as they are, and counted exactly. */
const EXACT_MAX = 512

/** A set of hashes, or once they are many, registers (HyperLogLog). */
type Seen = Set<number> | Uint8Array

/** About how many different values a group has: an error of 0.8 % at most times, none for few values. */
export class ApproxDistinctState implements AggregateState {
  #groups: (Seen | undefined)[] = []

  get bytes(): number {
    return this.#groups.reduce((sum, seen) => sum + bytesOfSeen(seen), 0)
  }

  ensure(groups: number): void {
    while (this.#groups.length < groups) this.#groups.push(undefined)
  }

  update({ column, take }: AggregateInput, { rows, groups, count }: GroupedRows): void {
    const hashAt = valueHashes(column as Column)
    for (let k = 0; k < count; k++) {
      const row = rows[k]
      if (take === null || take[row] === 1) this.#add(groups[k], hashAt(row))
    }
  }

  #add(group: number, hash: number): void {
    const seen = (this.#groups[group] ??= new Set())
    if (seen instanceof Uint8Array) raise(seen, hash)
    else if (seen.add(hash).size > EXACT_MAX) this.#groups[group] = registersOf(seen)
  }

  merge(group: number, other: AggregateState, otherGroup: number): void {
    const from = (other as ApproxDistinctState).#groups[otherGroup]
    if (from === undefined) return
    if (!(from instanceof Uint8Array)) {
      for (const hash of from) this.#add(group, hash)
      return
    }
    const here = this.#groups[group]
    const registers = here instanceof Uint8Array ? here : registersOf(here ?? new Set())
    for (let i = 0; i < registers.length; i++) registers[i] = Math.max(registers[i], from[i])
    this.#groups[group] = registers
  }

  copy(group: number, other: AggregateState, otherGroup: number): void {
    const from = (other as ApproxDistinctState).#groups[otherGroup]
    this.#groups[group] = from instanceof Uint8Array ? from.slice() : from === undefined ? undefined : new Set(from)
  }

  clear(): void {
    this.#groups.fill(undefined)
  }

  emit({ groups, from, count, at }: EmitRange, out: OutputColumn): void {
    for (let k = 0; k < count; k++) {
      const seen = this.#groups[groups[from + k]]
      out.numbers[at + k] = seen instanceof Uint8Array ? Math.round(estimate(seen)) : (seen?.size ?? 0)
    }
  }

  fields(): readonly Field[] {
    return [pageField('seen', 'bytes', true)]
  }

  save(from: number, to: number): Column[] {
    const rows = this.#groups.slice(from, to).map((seen) => [seen === undefined ? null : bytesOf(seen)])
    return [...batchFromRows(this.fields(), rows).columns]
  }

  load([saved]: readonly Column[], from: number): void {
    const size = (saved as Column & { readonly kind: 'bytes' }).codes.length
    for (let row = 0; row < size; row++) {
      const bytes = valueAt(saved, row) as Uint8Array | null
      if (bytes !== null) this.#groups[from + row] = seenOf(bytes)
    }
  }
}

function raise(registers: Uint8Array, hash: number): void {
  const { index, rank } = RegisterPlace.of(hash)
  if (registers[index] < rank) registers[index] = rank
}

function registersOf(hashes: Iterable<number>): Uint8Array {
  const registers = new Uint8Array(REGISTERS)
  for (const hash of hashes) raise(registers, hash)
  return registers
}

/** Hashes as doubles; never as many bytes as there are registers. */
function bytesOfSeen(seen: Seen | undefined): number {
  if (seen === undefined) return 8
  return seen instanceof Uint8Array ? seen.length : MAP_BYTES + seen.size * ENTRY_BYTES
}

function bytesOf(seen: Seen): Uint8Array {
  return seen instanceof Uint8Array ? seen : new Uint8Array(Float64Array.from(seen).buffer)
}

function seenOf(bytes: Uint8Array): Seen {
  const own = bytes.slice()
  return own.length === REGISTERS ? own : new Set(new Float64Array(own.buffer))
}

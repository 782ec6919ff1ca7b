import { type Batch, type Column, type Field, takeRows } from '@millrace/columnar'
import type { RegisterColumn } from '../physical-plan.ts'
import { registerFields } from '../register-field.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { StreamFault } from '../stream-fault.ts'
import { DoubleTable } from '../window/double-table.ts'
import { bytesIn, grown } from '../window/growable.ts'
import { KeyTable } from '../window/key-table.ts'
import { type ValueTable, valueTable } from '../window/value-table.ts'
import { takesBack } from './change.ts'
import { GroupRows } from './group-rows.ts'
import { registerColumn } from './ordered-rows.ts'
import { idsFrom, StoredRows } from './stored-rows.ts'

export interface CurrentRowsPlan {
  /** What is kept of a row. */
  readonly columns: readonly RegisterColumn[]
  /**
   * Registers by which a row is found again. Rows with the same values of them are current together for moments at most, while what
   * changes them is on its way; where none are known, all columns.
   */
  readonly identity: readonly number[] | null
  /** Registers whose values make groups. */
  readonly groups: readonly number[]
  readonly groupFields: readonly Field[]
}

/** Rows by id that came and that are gone. A row that went and came again within the changes is in neither. */
export interface AppliedChanges {
  readonly added: Int32Array
  readonly removed: Int32Array
}

/** The rows that are current among rows that are corrected, and which are in a group. A row that occurs twice is kept twice. */
export class CurrentRows {
  readonly #plan: CurrentRowsPlan
  readonly #identity: readonly RegisterColumn[]
  readonly #rows: StoredRows
  #keys: KeyTable
  #groups: KeyTable
  #inGroup = new GroupRows()
  /** By key: its current row that came last, plus one; by row: the one before it of the same key, plus one. */
  #ofKey = new Int32Array(64)
  #earlier = new Int32Array(64)

  constructor(plan: CurrentRowsPlan) {
    this.#plan = plan
    this.#identity = plan.identity === null ? plan.columns : plan.columns.filter(({ register }) => plan.identity?.includes(register))
    this.#rows = new StoredRows('corrected', plan.columns)
    this.#keys = this.#newKeys()
    this.#groups = new KeyTable(plan.groupFields)
  }

  #newKeys(): KeyTable {
    return new KeyTable(registerFields(this.#identity), identityTable)
  }

  /** The groups of a batch's rows. */
  groupsOf(batch: Batch): Int32Array {
    return this.groupsBy(
      this.#plan.groups.map((register) => registerColumn(batch, register)),
      batch.rows,
    )
  }

  /** The groups that columns name. */
  groupsBy(columns: readonly Column[], rows: number): Int32Array {
    return this.#groups.idsOf(columns, { selection: null, count: rows, rows })
  }

  /** The key columns of groups. */
  groupColumns(groups: Int32Array): Column[] {
    return this.#groups.columnsOf(groups, groups.length)
  }

  /** Adds the batch's rows and takes back those that a change says are gone. */
  apply(batch: Batch, groups: Int32Array, changes: Int32Array): AppliedChanges {
    const rows = this.#rows
    const keys = this.#keysOf(batch)
    const come = idsFrom(0, batch.rows).filter((row) => !takesBack(changes[row]))
    const first = rows.append(come.length === batch.rows ? batch : takeRows(batch, come))
    const removed = new Set<number>()
    const lastOfKey = new Map<number, number>()
    let id = first
    for (let row = 0; row < batch.rows; row++) {
      const key = keys[row]
      if (takesBack(changes[row])) {
        const old = this.#take(key, batch, row)
        removed.add(old)
        lastOfKey.set(key, old)
        continue
      }
      const old = removed.size === 0 ? undefined : lastOfKey.get(key)
      const isBack = old !== undefined && rows.isGone(old) && rows.equals(old, batch, row)
      if (isBack) rows.setGone(old, 0)
      if (isBack) rows.setGone(id, 1)
      this.#enter(isBack ? old : id, key, groups[row])
      id++
    }
    return {
      added: idsFrom(first, id - first).filter((one) => !rows.isGone(one)),
      removed: Int32Array.from(removed).filter((one) => one < first && rows.isGone(one)),
    }
  }

  #keysOf(batch: Batch): Int32Array {
    const columns = this.#identity.map(({ register }) => registerColumn(batch, register))
    return this.#keys.idsOf(columns, { selection: null, count: batch.rows, rows: batch.rows })
  }

  #enter(id: number, key: number, group: number): void {
    this.#ofKey = grown(this.#ofKey, key + 1)
    this.#earlier = grown(this.#earlier, id + 1)
    this.#earlier[id] = this.#ofKey[key]
    this.#ofKey[key] = id + 1
    this.#inGroup.add(id, group)
  }

  /** Takes the current row of this key out that is equal to the batch's row; where there is only one, it is that. */
  #take(key: number, batch: Batch, row: number): number {
    const last = key < this.#ofKey.length ? this.#ofKey[key] : 0
    const isOnly = last !== 0 && this.#earlier[last - 1] === 0
    let later = -1
    for (let next = last; next !== 0; next = this.#earlier[next - 1]) {
      const id = next - 1
      if (isOnly || this.#plan.identity === null || this.#rows.equals(id, batch, row)) {
        if (later < 0) this.#ofKey[key] = this.#earlier[id]
        else this.#earlier[later] = this.#earlier[id]
        this.#inGroup.remove(id)
        this.#rows.setGone(id, 1)
        return id
      }
      later = id
    }
    throw new StreamFault('stream/unknown-row', 'A row was taken back that is not current.')
  }

  /** The ids of a group's rows, the one that came last first. */
  idsOfGroup(group: number): Int32Array {
    return this.#inGroup.rowsOf(group)
  }

  /** How many rows a group has. */
  sizeOfGroup(group: number): number {
    return this.#inGroup.sizeOf(group)
  }

  /** The group of a current row. */
  groupOf(id: number): number {
    return this.#inGroup.groupOf(id)
  }

  isGone(id: number): boolean {
    return this.#rows.isGone(id)
  }

  /** The values of a register, each at its row's id, until changes are applied. */
  view(register: number): Column {
    return this.#rows.view(register)
  }

  /** The values of a register in the rows with these ids, gone ones too. */
  take(register: number, ids: Int32Array): Column {
    return this.#rows.take(register, ids)
  }

  /** The rows with these ids, gone ones too. */
  rowsOf(ids: Int32Array): Batch {
    return this.#rows.rowsOf(ids)
  }

  get bytes(): number {
    return this.#rows.bytes + this.#keys.bytes + this.#groups.bytes + this.#inGroup.bytes + bytesIn(this.#ofKey, this.#earlier)
  }

  /** Row ids that are given out. */
  get size(): number {
    return this.#rows.size
  }

  /** Drops what is gone once that is the greater part and says so: ids and groups are new afterwards. */
  compact(): boolean {
    if (this.#rows.compact() === undefined) return false
    this.#keys = this.#newKeys()
    this.#groups = new KeyTable(this.#plan.groupFields)
    this.#inGroup = new GroupRows()
    this.#ofKey = new Int32Array(64)
    this.#earlier = new Int32Array(64)
    this.#enterAll(this.#rows.rowsOf(idsFrom(0, this.size)), 0)
    return true
  }

  #enterAll(batch: Batch, first: number): void {
    const keys = this.#keysOf(batch)
    const groups = this.groupsOf(batch)
    for (let row = 0; row < batch.rows; row++) if (!this.#rows.isGone(first + row)) this.#enter(first + row, keys[row], groups[row])
  }

  takePages(): Iterable<StatePage> {
    return this.#rows.takePages()
  }

  /** Fills an empty store. */
  restore(pages: readonly KeptPage[]): void {
    this.#rows.restore(pages, (batch, first) => this.#enterAll(batch, first))
  }
}

function identityTable(type: string): ValueTable {
  return type === 'double' ? new DoubleTable() : valueTable(type)
}

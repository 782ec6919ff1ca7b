import { type Batch, type Column, decodeBatch, encodeBatch, type Field, type Int32Column, takeRows } from '@millrace/columnar'
import type { RegisterColumn } from '../physical-plan.ts'
import type { KeptPage, StatePage } from '../state-page.ts'
import { DoubleTable } from '../window/double-table.ts'
import { grown } from '../window/growable.ts'
import { KeyTable } from '../window/key-table.ts'
import { type ValueTable, valueTable } from '../window/value-table.ts'
import { takesBack } from './change.ts'
import { registerColumn } from './ordered-rows.ts'
import type { RankableRows } from './ranking.ts'

/** Rows of one page. */
const PAGE_ROWS_MAX = 4096
/** Fewer rows than these that are gone are not cleared away. */
const GONE_ROWS_MIN = 4096
const COUNT_FIELD: Field = { name: 'count', type: 'int32', nullable: false }

export interface CurrentRowsPlan {
  /** Registers whose values tell rows apart. */
  readonly columns: readonly RegisterColumn[]
  /** Registers whose values make groups. */
  readonly groups: readonly number[]
  readonly groupFields: readonly Field[]
}

/** The rows that are current among rows that are corrected: how often each occurs, and which are in a group. */
export class CurrentRows {
  readonly #plan: CurrentRowsPlan
  readonly #fields: readonly Field[]
  #ids: KeyTable
  #groups: KeyTable
  /** By row id: how often it occurs; its group; the next row of that group, plus one. */
  #counts = new Int32Array(64)
  #groupOf = new Int32Array(64)
  #next = new Int32Array(64)
  /** By row id: 1 once the row is in its group; null of a single column has an id before it occurs. */
  #entered = new Uint8Array(64)
  /** By group: its first row, plus one. */
  #first = new Int32Array(64)
  #size = 0
  #gone = 0
  readonly #dirty = new Set<number>()
  #pages = 0

  constructor(plan: CurrentRowsPlan) {
    this.#plan = plan
    this.#fields = plan.columns.map(({ register, type }) => ({ name: `r${register}`, type, nullable: true }))
    this.#ids = this.#newIds()
    this.#groups = new KeyTable(plan.groupFields)
  }

  #newIds(): KeyTable {
    return new KeyTable(this.#fields, identityTable)
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
  apply(batch: Batch, groups: Int32Array, changes: Int32Array): void {
    const ids = this.#ids.idsOf(batch.columns, { selection: null, count: batch.rows, rows: batch.rows })
    for (let row = 0; row < batch.rows; row++) this.#count(ids[row], groups[row], takesBack(changes[row]) ? -1 : 1)
  }

  #count(id: number, group: number, by: number): void {
    if (this.#entered[id] !== 1) this.#enter(id, group)
    const before = this.#counts[id]
    this.#counts[id] = before + by
    if (before + by === 0) this.#gone++
    else if (before === 0) this.#gone--
    this.#dirty.add(Math.floor(id / PAGE_ROWS_MAX))
  }

  /** Ids are dense, so what lies between are ids that no row has (id 0 of a table that begins with null). */
  #enter(id: number, group: number): void {
    this.#counts = grown(this.#counts, id + 1)
    this.#groupOf = grown(this.#groupOf, id + 1)
    this.#next = grown(this.#next, id + 1)
    this.#entered = grown(this.#entered, id + 1)
    this.#entered[id] = 1
    this.#first = grown(this.#first, group + 1)
    this.#groupOf[id] = group
    this.#next[id] = this.#first[group]
    this.#first[group] = id + 1
    this.#gone++
    this.#size = Math.max(this.#size, id + 1)
  }

  /** The ids of a group's rows, each as often as it occurs. */
  idsOfGroup(group: number): number[] {
    const ids: number[] = []
    if (group >= this.#first.length) return ids
    for (let next = this.#first[group]; next !== 0; next = this.#next[next - 1])
      for (let i = 0; i < this.#counts[next - 1]; i++) ids.push(next - 1)
    return ids
  }

  /** The rows with these ids; each column is made when it is first asked for. */
  viewOf(ids: Int32Array): RankableRows {
    const made = new Map<number, Column>()
    return {
      rows: ids.length,
      column: (register) => {
        const found = made.get(register)
        if (found !== undefined) return found
        const place = this.#plan.columns.findIndex((column) => column.register === register)
        const column = this.#ids.columnAt(place, ids, ids.length)
        made.set(register, column)
        return column
      },
    }
  }

  /** The rows with these ids. */
  rowsOf(ids: Int32Array): Batch {
    return { rows: ids.length, fields: this.#fields, columns: this.#ids.columnsOf(ids, ids.length) }
  }

  /** Row ids that are given out. */
  get size(): number {
    return this.#size
  }

  /** Drops what is gone once that is the greater part and says so: ids and groups are new afterwards. */
  compact(): boolean {
    if (this.#gone < GONE_ROWS_MIN || this.#gone * 2 < this.#size) return false
    const ids = Int32Array.from(Array.from({ length: this.#size }, (_, id) => id).filter((id) => this.#counts[id] !== 0))
    const counts = ids.map((id) => this.#counts[id])
    const batch = this.rowsOf(ids)
    this.#ids = this.#newIds()
    this.#groups = new KeyTable(this.#plan.groupFields)
    this.#first = new Int32Array(64)
    this.#counts = new Int32Array(64)
    this.#entered = new Uint8Array(64)
    this.#size = 0
    this.#gone = 0
    this.#fill(batch, counts)
    for (let page = 0; page * PAGE_ROWS_MAX < this.#size; page++) this.#dirty.add(page)
    return true
  }

  #fill(batch: Batch, counts: Int32Array): void {
    const groups = this.groupsOf(batch)
    const ids = this.#ids.idsOf(batch.columns, { selection: null, count: batch.rows, rows: batch.rows })
    for (let row = 0; row < batch.rows; row++) this.#count(ids[row], groups[row], counts[row])
  }

  /** `rows/<segment>`: up to 4,096 rows with how often they occur. */
  *takePages(): Generator<StatePage> {
    const pages = Math.ceil(this.#size / PAGE_ROWS_MAX)
    for (let page = pages; page < this.#pages; page++) yield { key: `rows/${page}`, value: undefined }
    this.#pages = pages
    for (const page of this.#dirty) {
      if (page >= pages) continue
      const from = page * PAGE_ROWS_MAX
      const ids = Int32Array.from({ length: Math.min(PAGE_ROWS_MAX, this.#size - from) }, (_, i) => from + i)
      const count: Column = { kind: 'int32', values: ids.map((id) => this.#counts[id]), nulls: null }
      const { rows, fields, columns } = this.rowsOf(ids)
      const batch = { rows, fields: [...fields, COUNT_FIELD], columns: [...columns, count] }
      yield { key: `rows/${page}`, value: encodeBatch(batch, { watermarkAfter: 0, ingestedAt: 0 }) }
    }
    this.#dirty.clear()
  }

  /** Fills an empty store. Rows are numbered anew, so all pages are written again. */
  restore(pages: readonly KeptPage[]): void {
    const own = pages
      .filter(({ key }) => key.startsWith('rows/'))
      .toSorted((a, b) => Number(a.key.split('/')[1]) - Number(b.key.split('/')[1]))
    for (const { value } of own) {
      const { rows, fields, columns } = decodeBatch(value).batch
      const counts = (columns[columns.length - 1] as Int32Column).values
      const live = Int32Array.from(counts.keys()).filter((row) => counts[row] !== 0)
      const batch = takeRows({ rows, fields: fields.slice(0, -1), columns: columns.slice(0, -1) }, live)
      this.#fill(
        batch,
        live.map((row) => counts[row]),
      )
    }
    this.#pages = own.length
  }
}

function identityTable(type: string): ValueTable {
  return type === 'double' ? new DoubleTable() : valueTable(type)
}

import { deepStrictEqual } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { batchFromRows, type Field, type Value } from '@millrace/columnar'
import { type Expr, MillraceError, type TableName } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import type { CaseReport } from './case-report.ts'
import { NAMESPACE } from './lake-data.ts'
import { type CatalogAddress, runPyiceberg } from './pyiceberg.ts'

const PROGRAM = 'pyiceberg_turns.py'
const DAY_MS = 86_400_000
const TRIES_MAX = 200
const ROWS = 300
const RACES = 8
const name: TableName = { namespace: NAMESPACE, table: 'turns' }

const FIELDS: readonly Field[] = [
  { name: 'event_time', type: 'timestamp', nullable: true },
  { name: 'num1', type: 'int64', nullable: true },
  { name: 'int1', type: 'int32', nullable: true },
  { name: 'txt1', type: 'string', nullable: true },
]

/** Rows of the table as both sides must find them: `num1` with the text. */
type Held = Map<number, string>

interface Turn {
  readonly python: string
  readonly address: CatalogAddress
  readonly lake: Lake
  readonly report: CaseReport
  /** Rows of the current snapshot as `[num1, text]`, by the text's name. */
  readonly read: (column: string, snapshotId?: number) => Promise<unknown[][]>
}

const compare = (fn: string, ...values: number[]): Expr => ({
  fn,
  args: [{ col: 'num1' }, ...values.map((value) => ({ lit: String(value), type: 'int64' }))],
})
const rowOf = (number: number, text: string): Value[] => [(number % 3) * DAY_MS + number, number, number % 7, text]

/** pyiceberg and Millrace change one table in turn, then at once: rows, columns, partitions, tags, files. */
export async function checkTurns(turn: Turn): Promise<void> {
  const held: Held = new Map(Array.from({ length: ROWS }, (_, i) => [i, `word ${i % 13}`]))
  const { lake, report } = turn
  const python = (group: string) =>
    runPyiceberg(turn.python, turn.address, group, { held: sorted(held), namespace: NAMESPACE }, report, PROGRAM)
  const batch = (...numbers: number[]) =>
    batchFromRows(
      FIELDS,
      numbers.map((number) => rowOf(number, held.get(number) as string)),
    )
  await lake.openTable(name, { fields: FIELDS, partitionBy: ['bucket(4, txt1)', 'truncate(100, num1)'] })
  await lake.append(name, { batches: [batch(...held.keys())], positions: { turns: { 0: ROWS } } })
  const start = await lake.tag(name, { tag: 'start' })
  python('first')
  for (const number of held.keys()) if (number < 50 || number === 120) held.delete(number)
  for (const number of [1001, 1002]) held.set(number, 'from python')
  await report.run('millrace reads what pyiceberg overwrote and deleted, and corrects it', () => correct(turn, held, batch))
  python('second')
  held.set(2001, 'from python')
  await report.run('millrace reads new columns and specs of pyiceberg, compacts, expires', () => maintain(turn, held, start.snapshotId))
  python('third')
  await report.run('millrace and pyiceberg write at once without a loss', () => race(turn))
}

async function correct({ lake, read }: Turn, held: Held, batch: (...numbers: number[]) => ReturnType<typeof batchFromRows>): Promise<void> {
  deepStrictEqual(await read('txt1'), shown(held))
  for (let number = 200; number < 230; number++) held.delete(number)
  held.set(205, 'corrected')
  await lake.overwrite(name, { where: compare('between', 200, 229), batches: [batch(205)] })
  held.delete(299)
  await lake.deleteRows(name, { where: compare('eq', 299) })
  await lake.evolve(name, {
    steps: [
      { kind: 'rename', column: 'txt1', to: 'word' },
      { kind: 'widen', column: 'int1', to: 'int64' },
      { kind: 'add', field: { name: 'price', type: 'decimal(9,2)', nullable: true } },
      { kind: 'add', field: { name: 'tags', type: 'list<string>', nullable: true } },
    ],
  })
  await lake.repartition(name, ['day(event_time)'])
  deepStrictEqual((await lake.current(name))?.positions, { turns: { 0: ROWS } })
}

async function maintain({ lake, read }: Turn, held: Held, start: number): Promise<void> {
  deepStrictEqual(await read('word'), shown(held))
  const { columns, specs } = await lake.describe(name)
  deepStrictEqual(columns.map((column) => column.name).slice(-3), ['price', 'tags', 'note'])
  deepStrictEqual(specs.find((spec) => spec.current)?.by, ['day(event_time)', 'int1'])
  const before = (await lake.scan(name)).files.length
  await lake.compact(name)
  const after = (await lake.scan(name)).files.length
  deepStrictEqual([after < before, await read('word')], [true, shown(held)])
  await lake.expire(name, { before: Date.now() + 1000 })
  deepStrictEqual((await read('txt1', start)).length, ROWS)
  deepStrictEqual(
    (await lake.tags(name)).map(({ name: tag }) => tag),
    ['py', 'start'],
  )
  deepStrictEqual((await lake.current(name))?.positions, { turns: { 0: ROWS } })
}

/** Both append and overwrite a slice of their own at once, and do again what conflicts. */
async function race({ lake, python, address, read }: Turn): Promise<void> {
  const fields = await lake.evolve(name, { steps: ['price', 'tags'].map((column) => ({ kind: 'drop', column })) })
  const child = spawn(python, [join(import.meta.dirname, PROGRAM)], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify({ catalog: address, group: 'race', facts: { races: RACES, namespace: NAMESPACE } }))
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  const closed = once(child, 'close')
  const rows = (...list: (readonly [number, string])[]) =>
    batchFromRows(
      fields,
      list.map(([number, text]) => [...rowOf(number, text), null]),
    )
  for (let i = 0; i < RACES; i++) {
    await untilCommitted(() => lake.append(name, { batches: [rows([10_000 + i, 'ours'])], positions: {} }))
    await untilCommitted(() => lake.overwrite(name, { where: compare('eq', 20_000), batches: [rows([20_000, `ours ${i}`])] }))
  }
  const [status] = await closed
  deepStrictEqual([status, output.includes('"why": null')], [0, true])
  const found = (await read('word')).filter(([number]) => Number(number) >= 10_000)
  const expected: Held = new Map()
  for (let i = 0; i < RACES; i++) expected.set(10_000 + i, 'ours').set(30_000 + i, 'theirs')
  expected.set(20_000, `ours ${RACES - 1}`).set(40_000, `theirs ${RACES - 1}`)
  deepStrictEqual(found, shown(expected))
}

async function untilCommitted(commit: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await commit()
      return
    } catch (error) {
      const isLost = error instanceof MillraceError && (error.code === 'lake/conflict' || error.code === 'lake/commit-contended')
      if (!isLost || tries === TRIES_MAX) throw error
    }
  }
}

function shown(held: Held): unknown[][] {
  return sorted(held).map(([number, text]) => [String(number), text])
}

function sorted(held: Held): [number, string][] {
  return [...held].sort(([a], [b]) => a - b)
}

import { type Batch, batchFromRows, type Field } from '@millrace/columnar'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LakeFixture, openFixture } from '../../test/lake-fixture.ts'

let fixture: LakeFixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture?.close())

const SEED = Number(process.env.MILLRACE_SEED ?? Date.now() % 1_000_000)
const FIELDS: readonly Field[] = [
  { name: 'dec1', type: 'decimal(12,2)', nullable: true },
  { name: 'wide1', type: 'decimal(38,0)', nullable: true },
  { name: 'list1', type: 'list<string>', nullable: true },
  { name: 'struct1', type: 'struct<id:int64,at:timestamp,parts:list<struct<name:string,price:decimal(9,3)>>>', nullable: true },
  { name: 'bin1', type: 'list<bytes>', nullable: true },
]

const decimal = (digits: number, scale: number) =>
  fc.bigInt({ min: -(10n ** BigInt(digits)) + 1n, max: 10n ** BigInt(digits) - 1n }).map((unscaled) => {
    const text = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
    return (unscaled < 0n ? '-' : '') + (scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`)
  })
const word = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('', '"', "it's", '[1,2]', '\\', 'null'))
const json = (value: unknown) => JSON.stringify(value)
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 })
const time = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }).map((ms) => new Date(ms).toISOString())
const part = fc.record({ name: nullable(word), price: nullable(decimal(9, 3)) })
const struct = fc.tuple(
  nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  nullable(time),
  nullable(fc.array(nullable(part), { maxLength: 3 })),
)
const VALUES: readonly fc.Arbitrary<string>[] = [
  decimal(12, 2),
  decimal(38, 0),
  fc.array(nullable(word), { maxLength: 4 }).map(json),
  struct.map(([id, at, parts]) => `{"id":${id},"at":${json(at)},"parts":${json(parts)}}`),
  fc.array(nullable(fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('base64')))).map(json),
]
const row = fc.tuple(...VALUES.map((value) => fc.option(value, { freq: 4 })))

/** Batches hold these types as their texts. */
function textBatch(rows: readonly (string | null)[][]): Batch {
  const texts = FIELDS.map(({ name }) => ({ name, type: 'string', nullable: true }))
  return { ...batchFromRows(texts, rows), fields: FIELDS }
}

/** The columns as texts again, as DuckDB writes JSON. */
const COLUMNS = [
  'dec1::VARCHAR',
  'wide1::VARCHAR',
  'to_json(list1)::VARCHAR',
  `CASE WHEN struct1 IS NULL THEN NULL ELSE to_json(struct_pack(id := struct1.id, at := epoch_ms(struct1."at"), parts := struct1.parts))::VARCHAR END`,
  'to_json(list_transform(bin1, lambda b: to_base64(b)))::VARCHAR',
]

/** A text in the form of COLUMNS. */
function shown(text: string | null, place: number): unknown {
  if (place < 2) return text
  const value = text === null ? null : (JSON.parse(text) as unknown)
  if (place !== 3) return value
  if (value === null) return null
  const { at, parts } = value as { at: string | null; parts: ({ name: string; price: string | null } | null)[] | null }
  const id = /"id":(-?\d+|null)/.exec(text as string)?.[1]
  const prices = parts?.map((one) => one && { ...one, price: one.price === null ? null : Number(one.price) }) ?? null
  return { id, at: at === null ? null : Date.parse(at), parts: prices }
}

function found(text: unknown, place: number): unknown {
  if (place < 2 || text === null) return text
  const value = JSON.parse(text as string) as Record<string, unknown>
  return place === 3 ? { ...value, id: /"id":(-?\d+|null)/.exec(text as string)?.[1] } : value
}

let tables = 0

test(`decimals, lists and structs come back as they went in, are rewritten and partitioned (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), async (rows) => {
      const name = { namespace: 'dev', table: `t${tables++}` }
      await fixture.lake.openTable(name, { fields: FIELDS, partitionBy: ['bucket(3, dec1)', 'truncate(1000, wide1)'] })
      await fixture.lake.append(name, { batches: [textBatch(rows)], positions: {} })
      const expected = rows.map((values) => JSON.stringify(values.map(shown))).sort()
      const read = async () => {
        const scan = await fixture.lake.scan(name)
        const got = (await fixture.read(scan, COLUMNS.join(', '))).map((values) => JSON.stringify(values.map(found)))
        return got.sort()
      }
      expect(await read()).toEqual(expected)
      const [first] = rows.flatMap(([value]) => value ?? [])
      if (first !== undefined) {
        const where = { fn: 'eq', args: [{ col: 'dec1' }, { lit: first, type: 'decimal(12,2)' }] }
        const scan = await fixture.lake.scan(name, { where })
        expect(await fixture.read(scan, `count(*) FILTER (dec1 = '${first}')`)).toEqual([
          [String(rows.filter(([value]) => value === first).length)],
        ])
      }
      await fixture.lake.append(name, { batches: [textBatch(rows)], positions: {} })
      await fixture.lake.compact(name, { sortBy: ['dec1'] })
      expect(await read()).toEqual([...expected, ...expected].sort())
    }),
    { seed: SEED, numRuns: 25 },
  )
}, 120_000)

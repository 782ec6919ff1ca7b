import type { IngestField } from '@millrace/connect'
import fc from 'fast-check'

/** A column of a file: the contract's field, the type that the file has, and literals of values that the field takes and of such as it may not. */
interface FileColumn {
  readonly field: Omit<IngestField, 'name'>
  readonly type: string
  readonly taken: readonly string[]
  readonly odd: readonly string[]
}

const LONG = `'${'a long text that lies behind a pointer '.repeat(3)}'`
const TEXTS = ["''", "'a'", "'twelve bytes'", "'thirteen byte'", LONG, "chr(65279) || 'marked'", "'é'", "'😀😀😀😀'", "'it''s'"]
const TIMES = [
  "'1969-12-31 22:48:25.032709'",
  "'1970-01-01'",
  "'1969-12-31 23:59:59.999999'",
  "'2026-03-01 00:00:00.000999'",
  "'0001-01-01'",
  "'9999-12-31 23:59:59.999'",
]
const ODD_TIMES = ['NULL', "'infinity'", "'-infinity'", "'10000-01-01'", "'0001-01-01 (BC)'"]
const PLACE = `struct<city:string,share:double>`

const COLUMNS: readonly FileColumn[] = [
  { field: { type: 'boolean' }, type: 'BOOLEAN', taken: ['true', 'false'], odd: ['NULL'] },
  { field: { type: 'int32', min: '0', max: '100' }, type: 'TINYINT', taken: ['0', '7', '100'], odd: ['NULL', '-1', '101'] },
  { field: { type: 'int32', nullable: true }, type: 'INTEGER', taken: ['0', '-2147483648', '2147483647', 'NULL'], odd: [] },
  {
    field: { type: 'int64', nullable: true },
    type: 'BIGINT',
    taken: ['0', '-1', '9007199254740991', '-9007199254740991', 'NULL'],
    odd: [],
  },
  {
    field: { type: 'int64', max: '9007199254740993' },
    type: 'BIGINT',
    taken: ['1', '-9223372036854775808'],
    odd: ['NULL', '9007199254740994'],
  },
  { field: { type: 'int64' }, type: 'UBIGINT', taken: ['0', '9223372036854775807'], odd: ['NULL', '9223372036854775808'] },
  { field: { type: 'double' }, type: 'DOUBLE', taken: ['0', "'-0.0'", '1.5', '1e300'], odd: ['NULL', "'nan'", "'-infinity'"] },
  { field: { type: 'double', nullable: true, min: '-1' }, type: 'FLOAT', taken: ['-1', '0.25', 'NULL', "'infinity'"], odd: ['-1.5'] },
  { field: { type: 'decimal(6,2)' }, type: 'DECIMAL(10,3)', taken: ['0', '-1.5', '9999.99'], odd: ['NULL', '1.005', '10000'] },
  { field: { type: 'string' }, type: 'VARCHAR', taken: TEXTS, odd: ['NULL'] },
  { field: { type: 'string', nullable: true, min: 'a' }, type: 'VARCHAR', taken: ["'a'", LONG, 'NULL'], odd: ["''", "'A'"] },
  {
    field: { type: 'string', nullable: true, parts: { kind: 'ip', lenient: false } },
    type: 'VARCHAR',
    taken: ["'::1'", 'NULL'],
    odd: ["'x'"],
  },
  { field: { type: 'string' }, type: 'UUID', taken: ["'00000000-0000-0000-0000-000000000000'"], odd: ['NULL'] },
  { field: { type: 'bytes' }, type: 'BLOB', taken: ["''", "'\\x00\\xFF'", `${LONG}`], odd: ['NULL'] },
  { field: { type: 'timestamp', nullable: true }, type: 'TIMESTAMPTZ', taken: [...TIMES, 'NULL'], odd: ODD_TIMES.slice(1) },
  { field: { type: 'timestamp' }, type: 'TIMESTAMP', taken: TIMES, odd: ODD_TIMES },
  { field: { type: 'timestamp' }, type: 'TIMESTAMP_NS', taken: ["'1969-12-31 23:59:59.999999999'", "'2026-03-01'"], odd: ['NULL'] },
  {
    field: { type: 'date' },
    type: 'DATE',
    taken: ["'1970-01-01'", "'0001-01-01'", "'2026-02-28'"],
    odd: ['NULL', "'infinity'", "'0044-03-15 (BC)'"],
  },
  { field: { type: 'json' }, type: 'VARCHAR', taken: [`'{"b": 1, "a": [null]}'`, "'1.0'"], odd: ['NULL', "'{'"] },
  { field: { type: 'json', nullable: true }, type: 'INTEGER[]', taken: ['[1, NULL]', 'NULL'], odd: [] },
  { field: { type: 'list<int64>' }, type: 'UBIGINT[]', taken: ['[]', '[1, NULL]'], odd: ['NULL', '[18446744073709551615]'] },
  { field: { type: PLACE }, type: 'STRUCT(city VARCHAR, share DOUBLE)', taken: ["{'city': 'x', 'share': 'nan'}"], odd: ['NULL'] },
]

/** Rows of a few of the columns, of which a share has odd values, over and over until there are `rows`. */
export interface TypedFile {
  readonly fields: readonly IngestField[]
  /** What gives the rows. */
  readonly select: string
}

const AT: FileColumn = { field: { type: 'timestamp' }, type: 'TIMESTAMP', taken: TIMES.slice(0, 2), odd: ODD_TIMES }

export const typedFile: fc.Arbitrary<TypedFile> = fc
  .record({
    columns: fc.subarray([...COLUMNS], { minLength: 1, maxLength: 6 }),
    rows: fc.integer({ min: 0, max: 4500 }),
    pattern: fc.integer({ min: 1, max: 30 }),
    // No odd value at all, one in a hundred, or one in four.
    oddEvery: fc.constantFrom(Number.POSITIVE_INFINITY, 100, 4),
    draws: fc.infiniteStream(fc.nat({ max: 1_000_000 })),
  })
  .map(({ columns, rows, pattern, oddEvery, draws }) => {
    const all = [AT, ...columns]
    const draw = (of: number): number => (draws.next().value as number) % of
    const literal = ({ type, taken, odd }: FileColumn): string => {
      const from = odd.length > 0 && draw(1_000_000) < 1_000_000 / oddEvery ? odd : taken
      return `(${from[draw(from.length)]})::${type}`
    }
    const patterns = Array.from({ length: pattern }, (_, n) => `(${n}, ${all.map(literal).join(', ')})`)
    const names = all.map((_, place) => `c${place}`)
    return {
      fields: all.map(({ field }, place) => ({ ...field, name: names[place] })),
      select: `SELECT ${names.join(', ')} FROM range(${rows}) r(n)
        JOIN (VALUES ${patterns.join(', ')}) p(n, ${names.join(', ')}) ON r.n * 7919 % ${pattern} = p.n ORDER BY r.n`,
    }
  })

import { call, col, filter, lit, project, row, type Scenario, scenario } from './scenario.ts'

const kept = project('int1')

/** Which of the `int1` pass. */
function ints(...values: (number | null)[]): { int1: number | null }[] {
  return values.map((int1) => ({ int1 }))
}

export const FILTER_SCENARIOS: readonly Scenario[] = [
  scenario('filter keeps the rows whose condition is true', {
    steps: [filter(call('gte', col('int1'), lit(400))), kept],
    input: ints(399, 400, 401).map((values) => row(values)),
    rows: ints(400, 401),
  }),
  scenario('filter drops a row whose condition is null', {
    steps: [filter(call('gte', col('int1'), lit(0))), kept],
    input: ints(null, 0, null).map((values) => row(values)),
    rows: ints(0),
  }),
  scenario('filter drops a row whose negated condition is null', {
    steps: [filter(call('not', call('gte', col('int1'), lit(0)))), kept],
    input: ints(null, 0, -1).map((values) => row(values)),
    rows: ints(-1),
  }),
  scenario('filter takes a boolean column as condition', {
    steps: [filter(col('boo1')), kept],
    input: [row({ boo1: true, int1: 1 }), row({ boo1: false, int1: 2 }), row({ boo1: null, int1: 3 })],
    rows: ints(1),
  }),
  scenario('filter by a literal true keeps all rows, nulls too', {
    steps: [filter(lit(true)), kept],
    input: ints(null, 1).map((values) => row(values)),
    rows: ints(null, 1),
  }),
  scenario('filter by a null literal keeps nothing', {
    steps: [filter(lit(null, 'boolean')), kept],
    input: ints(1, 2).map((values) => row(values)),
    rows: [],
  }),
  scenario('filter keeps each of several equal rows', {
    steps: [filter(call('eq', col('int1'), lit(7))), kept],
    input: ints(7, 7, 8, 7).map((values) => row(values)),
    rows: ints(7, 7, 7),
  }),
  scenario('filter of nothing gives nothing', { steps: [filter(lit(true)), kept], input: [], rows: [] }),
  scenario('filters in a row keep what passes both', {
    steps: [filter(call('gt', col('int1'), lit(1))), filter(call('lt', col('int1'), lit(4))), kept],
    input: ints(1, 2, 3, 4).map((values) => row(values)),
    rows: ints(2, 3),
  }),
  scenario('filter finds a null with is_null', {
    steps: [filter(call('is_null', col('txt1'))), kept],
    input: [row({ txt1: null, int1: 1 }), row({ txt1: '', int1: 2 })],
    rows: ints(1),
  }),
  scenario('filter with or keeps a row whose other side is null', {
    steps: [filter(call('or', call('eq', col('int1'), lit(1)), call('eq', col('txt1'), lit('a')))), kept],
    input: [row({ int1: 1, txt1: null }), row({ int1: 2, txt1: null }), row({ int1: null, txt1: 'a' })],
    rows: ints(1, null),
  }),
  scenario('filter reads columns that a project computed', {
    steps: [project('int1', ['big_twice', call('mul', col('int1'), lit(2))]), filter(call('eq', col('big_twice'), lit(6))), kept],
    input: ints(2, 3).map((values) => row(values)),
    rows: ints(3),
  }),
  scenario('a dead letter never reaches a filter', {
    steps: [filter(lit(true)), kept],
    input: [row({ int1: 1 }), { row: { ts1: null, int1: 2 } }, row({ int1: 'three' }), row({ int1: 4 })],
    rows: ints(1, 4),
  }),
]

import {
  canonicalJson,
  checkPlan,
  type Expr,
  FUNCTIONS,
  type PlanResult,
  type PlanRunner,
  type PlanSource,
  type StampedRow,
  type Value,
} from '@millrace/core'
import { runReference } from '@millrace/reference'
import { describe, expect, test } from 'vitest'
import { compareResults } from '../compare-results.ts'
import { drawn } from '../generate/drawn.ts'
import { type CallForm, type FormArgument, FUNCTION_FORMS, OTHER_FORMS } from '../generate/function-form.ts'
import type { Random } from '../generate/random.ts'
import { literalOf, randomValue } from '../generate/random-value.ts'
import { seedOr } from './equivalence-suite.ts'

/** Tuples of arguments of each call. */
const TUPLES = 200
const LITERAL_CALLS = 40
/** Columns of one statement. */
const COLUMNS_MAX = 64
/** Share of arguments that are null. */
const NULL_SHARE = 0.08

export interface FunctionOptions {
  /** All calls are asked for at once: for a runner that runs many together. */
  readonly concurrent?: boolean
  /** Longest time for a function, waiting included. */
  readonly timeoutMs?: number
  /** Only every so manieth form of a call: for a runner that takes seconds; the seed says which. */
  readonly every?: number
  /** Calls with literals in the place of columns, of each form; 40 by default. */
  readonly literalCalls?: number
  /** Whether objects that are taken out of JSON may have their members in another order and numbers in another form; false by default. */
  readonly jsonByValue?: boolean
}

/** Declares a vitest test per function, and for casts, fields and `case`: on 200 tuples of arguments, in one statement, the runner gives what the reference gives. */
export function describeFunctions(
  runner: PlanRunner,
  { concurrent = false, timeoutMs = 120_000, every = 1, literalCalls = LITERAL_CALLS, jsonByValue = false }: FunctionOptions = {},
): void {
  const seed = seedOr(1)
  let place = seed
  describe(`functions on ${runner.engine}, ${TUPLES} tuples of arguments each, seed ${seed}`, { concurrent, timeout: timeoutMs }, () => {
    const all = [...[...FUNCTIONS.keys()].map((name) => [name, FUNCTION_FORMS[name] ?? []] as const), ...Object.entries(OTHER_FORMS)]
    test('every function has a form', () => expect(all.filter(([, forms]) => forms.length === 0).map(([name]) => name)).toEqual([]))
    for (const [name, forms] of all) {
      const sampled = forms.filter(() => place++ % every === 0)
      if (sampled.length === 0) continue
      test(`${name} gives what the reference gives`, async () => {
        const found = await Promise.all(sampled.map((form) => formDifference(runner, { name, form, seed, literalCalls, jsonByValue })))
        expect(found.filter((text) => text !== undefined)).toEqual([])
      })
    }
  })
}

interface Asked {
  readonly name: string
  readonly form: CallForm
  readonly seed: number
  readonly literalCalls: number
  readonly jsonByValue: boolean
}

/** How the runner differs from the reference on the call, or undefined. */
async function formDifference(runner: PlanRunner, asked: Asked): Promise<string | undefined> {
  const { args } = asked.form
  const source: PlanSource = {
    name: 'events',
    event_time: 'ts1',
    watermark_delay_ms: 0,
    late: 'keep',
    fields: [
      { name: 'ts1', type: 'timestamp' },
      ...args.flatMap((arg, i) => ('literals' in arg ? [] : [{ name: `arg${i}`, type: arg.type, nullable: true }])),
    ],
  }
  const calls = drawn(asked.seed, (random) => Array.from({ length: TUPLES }, () => args.map((arg) => drawnArgument(random, arg))))
  const tuples = calls.map((drawnArgs) => drawnArgs.filter((_, i) => !('literals' in args[i])))
  const combinations = literalCombinations(asked.form)
  const inColumns = combinations.map((literals) => call(asked, literals, (i) => ({ col: `arg${i}` })))
  const withLiterals = calls
    .slice(0, asked.literalCalls)
    .map((values, place) => call(asked, combinations[place % combinations.length], (i) => literal(values[i], args[i].type)))
  const [one, other] = await Promise.all([
    difference(runner, { source, tuples, exprs: inColumns, asked }),
    difference(runner, { source, tuples: tuples.slice(0, 1), exprs: withLiterals, asked }),
  ])
  return one ?? other
}

function drawnArgument(random: Random, arg: FormArgument): Value {
  if ('literals' in arg || random.chance(NULL_SHARE)) return null
  return arg.values === undefined ? randomValue(random, arg.type) : arg.values(random)
}

function literal(value: Value, type: string): Expr {
  return value === null ? { lit: null, type } : literalOf(value, type)
}

/** The literals of a call in all combinations; a call without literals has one, of none. */
function literalCombinations({ args }: CallForm): readonly (readonly (Expr | undefined)[])[] {
  return args.reduce<readonly (readonly (Expr | undefined)[])[]>(
    (before, arg) =>
      'literals' in arg
        ? before.flatMap((some) => arg.literals.map((text): readonly (Expr | undefined)[] => [...some, { lit: text, type: arg.type }]))
        : before.map((some) => [...some, undefined]),
    [[]],
  )
}

function call({ name, form }: Asked, literals: readonly (Expr | undefined)[], argument: (i: number) => Expr): Expr {
  const args = literals.map((given, i) => given ?? argument(i))
  return form.expr === undefined ? { fn: name, args } : form.expr(args)
}

interface Statement {
  readonly source: PlanSource
  readonly tuples: readonly (readonly Value[])[]
  readonly exprs: readonly Expr[]
  readonly asked: Asked
}

async function difference(runner: PlanRunner, { source, tuples, exprs, asked }: Statement): Promise<string | undefined> {
  const rows = tuples.map(
    (tuple, arrival): StampedRow => ({ source: source.name, split: '0', arrival, watermark: 0, values: [arrival, ...tuple] }),
  )
  for (let from = 0; from < exprs.length; from += COLUMNS_MAX) {
    const columns = [
      ...source.fields.map(({ name }) => ({ name, expr: { col: name } })),
      ...exprs.slice(from, from + COLUMNS_MAX).map((expr, i) => ({ name: `result${i}`, expr })),
    ]
    const plan = checkPlan({
      millrace_plan: 1,
      sources: [source],
      nodes: [
        { id: 'n1', kind: 'scan', source: source.name },
        { id: 'n2', kind: 'project', input: 'n1', columns },
      ],
      output: 'n2',
    })
    const expected = runReference(plan, rows, { mode: 'as_served' })
    const found = await runner.run(plan, rows, { mode: 'as_served' })
    const share = asked.form.tolerance ?? 0
    const tolerances = expected.rows.map((row) =>
      row.map((value, i) => (i < source.fields.length ? 0 : Math.abs(Number(value ?? 0)) * share)),
    )
    const shown = asked.jsonByValue ? jsonInOneForm : (result: PlanResult): PlanResult => result
    const text = compareResults({ ...shown(expected), ...(share === 0 ? {} : { tolerances }) }, shown(found))
    if (text !== undefined) return `${JSON.stringify(exprs[from]).slice(0, 300)}: ${text}`
  }
  return undefined
}

/** Objects and lists among the values as JSON text in one form: members by name, numbers as JavaScript writes them. */
function jsonInOneForm(result: PlanResult): PlanResult {
  const inOneForm = (value: Value): Value => {
    if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
    try {
      return canonicalJson(JSON.parse(value))
    } catch {
      return value
    }
  }
  return { ...result, rows: result.rows.map((row) => row.map(inOneForm)) }
}

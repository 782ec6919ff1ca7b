import { expect } from 'vitest'
import { type CheckedNode, checkPlan, MillraceError } from '../src/index.ts'

/** A source whose fields are named by type and the number; keyed by its text. */
export function source(name: string, n: number, changes: object = {}) {
  return {
    name,
    event_time: `ts${n}`,
    key: [`txt${n}`],
    watermark_delay_ms: 0,
    late: 'keep',
    fields: [
      { name: `ts${n}`, type: 'timestamp' },
      { name: `txt${n}`, type: 'string' },
      { name: `int${n}`, type: 'int32', nullable: true },
      { name: `big${n}`, type: 'int64' },
      { name: `dbl${n}`, type: 'double' },
      { name: `boo${n}`, type: 'boolean', nullable: true },
    ],
    ...changes,
  }
}

/** `events` and `others` have the same fields, `rights` has fields of its own. */
const SOURCES = [source('events', 1), source('others', 1), source('rights', 2)]

/** A plan over a scan of each source, under the source's name; the last node is the output. */
export function planOf(nodes: readonly object[], sources: readonly { readonly name: string }[] = SOURCES): object {
  const scans = sources.map(({ name }) => ({ id: name, kind: 'scan', source: name }))
  return { millrace_plan: 1, sources, nodes: [...scans, ...nodes], output: (nodes.at(-1) as { id: string }).id }
}

export function output(nodes: readonly object[], sources?: readonly { readonly name: string }[]): CheckedNode {
  return checkPlan(planOf(nodes, sources)).output
}

export function refusal(nodes: readonly object[], sources?: readonly { readonly name: string }[]): MillraceError {
  try {
    output(nodes, sources)
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError)
    return error as MillraceError
  }
  throw new TypeError('the plan was accepted')
}

export function namesOf(node: CheckedNode): readonly string[] {
  return node.fields.map((field) => field.name)
}

/** Each sources' rows by another late policy. */
export function revised(...names: readonly string[]) {
  return SOURCES.map((one) => (names.includes(one.name) ? { ...one, late: { revise: '1h' } } : one))
}

export const exchange = (id: string, input: string, keys: readonly string[], partitions?: number) => ({
  id,
  kind: 'exchange',
  input,
  keys,
  partitions,
})
export const window = (id: string, input: string, keys: readonly string[], changes: object = {}) => ({
  id,
  kind: 'window-aggregate',
  input,
  keys,
  window: { kind: 'tumbling', size_ms: 10 },
  aggregates: [{ name: `${id}_hits`, fn: 'count' }],
  ...changes,
})
export const everything = (id: string, input: string, keys: readonly string[]) => window(id, input, keys, { window: { kind: 'all' } })
export const project = (id: string, input: string, columns: Readonly<Record<string, string>>) => ({
  id,
  kind: 'project',
  input,
  columns: Object.entries(columns).map(([name, col]) => ({ name, expr: { col } })),
})
export const latest = (id: string, input: string, keys: readonly string[], changes: object = {}) => ({
  id,
  kind: 'latest',
  input,
  keys,
  ...changes,
})
export const dedupe = (id: string, input: string, keys: readonly string[], horizon_ms = 10) => ({
  id,
  kind: 'dedupe',
  input,
  keys,
  horizon_ms,
})
export const over = (id: string, input: string, keys: readonly string[], changes: object = {}) => ({
  id,
  kind: 'over-aggregate',
  input,
  keys,
  range_ms: 10,
  aggregates: [{ name: `${id}_hits`, fn: 'count' }],
  ...changes,
})
export const union = (id: string, inputs: readonly string[]) => ({ id, kind: 'union', inputs })
export const topN = (id: string, input: string, per: readonly string[], changes: object = {}) => ({
  id,
  kind: 'top-n',
  input,
  per,
  order_by: [],
  n: 3,
  ...changes,
})
export const join = (type: string, left: string, right: string, changes: object = {}) => ({
  id: 'j',
  kind: 'join',
  left,
  right,
  on: [['txt1', 'txt2']],
  type,
  ...changes,
})

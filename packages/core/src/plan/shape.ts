/**
 * The structure of a plan as data: from it hand-written plans are parsed with clear complaints and the JSON Schema is made.
 * A name ending in `?` is optional.
 */
export type Shape =
  | { readonly kind: 'string' | 'integer' | 'boolean' | 'expr' | 'text-or-null' }
  | { readonly kind: 'const'; readonly value: string | number }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: Shape; readonly min?: number }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly kind: 'variants'; readonly by: string; readonly of: Readonly<Record<string, Shape>> }
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
  | { readonly kind: 'pair'; readonly of: readonly [Shape, Shape] }

const string: Shape = { kind: 'string' }
const integer: Shape = { kind: 'integer' }
const boolean: Shape = { kind: 'boolean' }
const expr: Shape = { kind: 'expr' }
const list = (of: Shape, min = 0): Shape => ({ kind: 'list', of, min })
const record = (fields: Readonly<Record<string, Shape>>): Shape => ({ kind: 'record', fields })
const constant = (value: string | number): Shape => ({ kind: 'const', value })

const field = record({ name: string, type: string, 'nullable?': boolean, 'min?': string, 'max?': string })

const late: Shape = { kind: 'either', of: [{ kind: 'enum', values: ['keep', 'drop'] }, record({ revise: string })] }

const source = record({
  name: string,
  event_time: string,
  'key?': list(string),
  watermark_delay_ms: integer,
  late,
  'splits?': integer,
  fields: list(field, 1),
})

const window: Shape = {
  kind: 'variants',
  by: 'kind',
  of: {
    tumbling: record({ kind: constant('tumbling'), size_ms: integer, 'offset_ms?': integer, 'early_ms?': integer }),
    hopping: record({ kind: constant('hopping'), size_ms: integer, every_ms: integer, 'offset_ms?': integer, 'early_ms?': integer }),
    session: record({ kind: constant('session'), gap_ms: integer }),
    calendar: record({
      kind: constant('calendar'),
      unit: { kind: 'enum', values: ['day', 'week', 'month'] },
      zone: string,
      'early_ms?': integer,
    }),
    all: record({ kind: constant('all') }),
  },
}

const order: Shape = list({ kind: 'pair', of: [string, { kind: 'enum', values: ['asc', 'desc'] }] })

const aggregate = record({
  name: string,
  fn: string,
  'args?': list(expr),
  'where?': expr,
  'max?': integer,
  'order_by?': order,
})

const joinCommon = {
  id: string,
  kind: constant('join'),
  left: string,
  right: string,
  on: list({ kind: 'pair', of: [string, string] }),
  'how?': { kind: 'enum', values: ['inner', 'left'] },
} satisfies Readonly<Record<string, Shape>>

const join: Shape = {
  kind: 'variants',
  by: 'type',
  of: {
    interval: record({ ...joinCommon, type: constant('interval'), lower_ms: integer, upper_ms: integer }),
    'as-of': record({ ...joinCommon, type: constant('as-of'), 'strict?': boolean, 'max_age_ms?': integer }),
    lookup: record({ ...joinCommon, type: constant('lookup') }),
  },
}

const node: Shape = {
  kind: 'variants',
  by: 'kind',
  of: {
    scan: record({ id: string, kind: constant('scan'), source: string }),
    filter: record({ id: string, kind: constant('filter'), input: string, where: expr }),
    project: record({
      id: string,
      kind: constant('project'),
      input: string,
      columns: list(record({ name: string, expr, 'event_time?': boolean }), 1),
    }),
    exchange: record({ id: string, kind: constant('exchange'), input: string, keys: list(string), 'partitions?': integer }),
    'window-aggregate': record({
      id: string,
      kind: constant('window-aggregate'),
      input: string,
      keys: list(string),
      window,
      aggregates: list(aggregate),
    }),
    'over-aggregate': record({
      id: string,
      kind: constant('over-aggregate'),
      input: string,
      keys: list(string),
      range_ms: integer,
      aggregates: list(aggregate),
    }),
    join,
    dedupe: record({ id: string, kind: constant('dedupe'), input: string, keys: list(string), horizon_ms: integer }),
    latest: record({ id: string, kind: constant('latest'), input: string, keys: list(string), 'deleted?': string }),
    union: record({ id: string, kind: constant('union'), inputs: list(string, 1) }),
    'top-n': record({
      id: string,
      kind: constant('top-n'),
      input: string,
      per: list(string),
      order_by: order,
      n: integer,
      'rank?': string,
    }),
    map: record({
      id: string,
      kind: constant('map'),
      input: string,
      function: record({ name: string, 'hash?': string, 'module?': string, 'export?': string }),
      reads: list(string),
      columns: list(record({ name: string, type: string, 'nullable?': boolean }), 1),
    }),
    sink: record({ id: string, kind: constant('sink'), input: string, to: string }),
    score: record({
      id: string,
      kind: constant('score'),
      input: string,
      model: string,
      columns: list(record({ name: string, type: string, 'nullable?': boolean }), 1),
    }),
  },
}

export const PLAN_SHAPE: Shape = record({
  millrace_plan: constant(1),
  'hash?': string,
  sources: list(source, 1),
  nodes: list(node, 1),
  output: string,
})

/** A value that does not fit: where it stands, what was found and what is expected. */
export interface Misfit {
  readonly path: string
  readonly found: string
  readonly expected: string
}

/** The first place where `value` does not fit `shape`, or undefined. Unknown fields are allowed. */
export function misfit(value: unknown, shape: Shape, path = 'plan'): Misfit | undefined {
  switch (shape.kind) {
    case 'string':
      return typeof value === 'string' ? undefined : wrong(value, path, 'text')
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrong(value, path, 'true or false')
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : wrong(value, path, 'an integer')
    case 'text-or-null':
      return value === null || typeof value === 'string' ? undefined : wrong(value, path, 'text or null')
    case 'expr':
      return isRecord(value) ? undefined : wrong(value, path, 'an expression')
    case 'const':
      return value === shape.value ? undefined : wrong(value, path, JSON.stringify(shape.value))
    case 'enum':
      return shape.values.includes(value as string) ? undefined : wrong(value, path, shape.values.join(' or '))
    case 'list':
      return listMisfit(value, shape, path)
    case 'record':
      return recordMisfit(value, shape.fields, path)
    case 'variants':
      return variantMisfit(value, shape, path)
    case 'either':
      return shape.of.some((one) => misfit(value, one, path) === undefined)
        ? undefined
        : wrong(value, path, 'one of the forms of the plan reference')
    case 'pair':
      return pairMisfit(value, shape.of, path)
  }
}

function wrong(value: unknown, path: string, expected: string): Misfit {
  return { path, found: value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 200), expected }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listMisfit(value: unknown, shape: { readonly of: Shape; readonly min?: number }, path: string): Misfit | undefined {
  if (!Array.isArray(value)) return wrong(value, path, 'a list')
  if (value.length < (shape.min ?? 0)) return wrong(value, path, `a list of at least ${shape.min}`)
  for (let i = 0; i < value.length; i++) {
    const found = misfit(value[i], shape.of, `${path}[${i}]`)
    if (found !== undefined) return found
  }
  return undefined
}

function recordMisfit(value: unknown, fields: Readonly<Record<string, Shape>>, path: string): Misfit | undefined {
  if (!isRecord(value)) return wrong(value, path, 'an object')
  for (const [key, shape] of Object.entries(fields)) {
    const name = key.replace('?', '')
    if (value[name] === undefined && key.endsWith('?')) continue
    const found = misfit(value[name], shape, `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

function variantMisfit(
  value: unknown,
  shape: { readonly by: string; readonly of: Readonly<Record<string, Shape>> },
  path: string,
): Misfit | undefined {
  if (!isRecord(value)) return wrong(value, path, 'an object')
  const variant = shape.of[String(value[shape.by])]
  if (variant === undefined) return wrong(value[shape.by], `${path}.${shape.by}`, oneOf(Object.keys(shape.of)))
  return misfit(value, variant, path)
}

function pairMisfit(value: unknown, of: readonly [Shape, Shape], path: string): Misfit | undefined {
  if (!Array.isArray(value) || value.length !== 2) return wrong(value, path, 'a pair')
  return misfit(value[0], of[0], `${path}[0]`) ?? misfit(value[1], of[1], `${path}[1]`)
}

function oneOf(names: readonly string[]): string {
  return names.length === 1 ? `${names[0]}` : `one of ${names.join(', ')}`
}

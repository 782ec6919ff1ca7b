import { AGGREGATES, type Aggregate, type FixedWindow, isEquatable, isOrderable, type Window } from '@millrace/core'
import type { Random } from './random.ts'
import { type ExprScope, randomCondition, randomExpr } from './random-expr.ts'
import { COLUMN_TYPES, KEY_TYPES } from './random-value.ts'

/** Lengths of time from a millisecond to weeks. */
export const LENGTHS_MS: readonly number[] = [1, 2, 7, 10, 60, 1000, 1500, 60_000, 300_000, 3_600_000, 86_400_000, 604_800_000]

/** Zones whose clocks are moved at midnight, over it, by half an hour, by a day, with seconds, or never. */
export const ZONES: readonly string[] = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
]

/** Whether the window's bounds lie on a grid. */
export function isFixed(window: Window): window is FixedWindow {
  return window.kind === 'tumbling' || window.kind === 'hopping'
}

/** Tumbling or hopping, from a millisecond to weeks, on the epoch's grid or beside it; with `all` now and then no window. */
export function randomWindow(random: Random, all = false): Window {
  return all && random.chance(0.2) ? { kind: 'all' } : randomFixedWindow(random)
}

export function randomFixedWindow(random: Random): FixedWindow {
  const every_ms = random.pick(LENGTHS_MS)
  const offset_ms = random.chance(0.3) ? random.int(-2, 3) * random.pick([1, Math.ceil(every_ms / 3), every_ms]) : undefined
  if (random.chance(0.4)) return { kind: 'tumbling', size_ms: every_ms, offset_ms }
  return { kind: 'hopping', size_ms: every_ms * random.pick([1, 2, 3, 4, 5, 6]), every_ms, offset_ms }
}

/** A window of another size that ends wherever the given one can end. */
export function windowBeside(random: Random, window: FixedWindow): FixedWindow {
  const every_ms = window.kind === 'hopping' ? window.every_ms : window.size_ms
  return { kind: 'hopping', size_ms: every_ms * random.pick([1, 2, 3, 5]), every_ms, offset_ms: window.offset_ms }
}

export function randomAggregate(scope: ExprScope, name: string): Aggregate {
  const { random } = scope
  const fn = random.pick(FUNCTIONS)
  const where = random.chance(0.3) ? randomCondition(scope, 2) : undefined
  if (fn === 'count' && random.chance(0.5)) return { name, fn, where }
  const { limited = false, ordered = false } = AGGREGATES.get(fn) ?? {}
  const max = limited && random.chance(0.6) ? random.pick([1, 2, 2, 3, 10_000]) : undefined
  const argument = randomExpr(scope, argumentType(random, fn), random.chance(0.6) ? 0 : 2)
  const order_by = ordered && random.chance(0.5) ? randomOrder(scope) : undefined
  const share = { lit: random.pick(['0', '0.1', '0.5', '0.95', '1']), type: 'double' }
  return { name, fn, args: fn === 'quantile' ? [argument, share] : [argument], where, max, order_by }
}

const FUNCTIONS: readonly string[] = [
  ...AGGREGATES.keys(),
  'count',
  'count',
  'count_distinct',
  'count_distinct',
  'sum',
  'sum',
  'first',
  'last',
]
const NUMBERS: readonly string[] = ['int32', 'int64', 'double', 'decimal(10,2)', 'decimal(38,10)']

function randomOrder({ random, columns }: ExprScope): Aggregate['order_by'] {
  const ordered = columns.filter(({ type }) => isEquatable(type))
  return random.some(ordered, 2).map(({ name }) => [name, random.pick(['asc', 'desc'])] as const)
}

function argumentType(random: Random, fn: string): string {
  if (['sum', 'avg', 'variance', 'stddev', 'quantile'].includes(fn)) return random.pick(NUMBERS)
  if (fn === 'count_distinct' || fn === 'approx_count_distinct') return random.pick(KEY_TYPES)
  if (fn === 'min' || fn === 'max') return random.pick(COLUMN_TYPES.filter(isOrderable))
  return random.pick(COLUMN_TYPES)
}

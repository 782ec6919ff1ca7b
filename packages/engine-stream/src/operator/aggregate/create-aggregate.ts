import { columnKind, decimalType } from '@millrace/columnar'
import type { AggregatePlan } from '../physical-plan.ts'
import type { AggregateState } from './aggregate-state.ts'
import { ApproxDistinctState } from './approx-distinct-state.ts'
import { CollectState } from './collect-state.ts'
import { CountState } from './count-state.ts'
import { DecimalSumState } from './decimal-sum-state.ts'
import { DistinctAggregate } from './distinct-aggregate.ts'
import { DistinctValues } from './distinct-values.ts'
import { DoubleSumState } from './double-sum-state.ts'
import { ExtremeNumberState } from './extreme-number-state.ts'
import { ExtremeTextState } from './extreme-text-state.ts'
import { FoldedAggregate } from './folded-aggregate.ts'
import { IntegerSumState } from './integer-sum-state.ts'
import { PlacedState } from './placed-state.ts'
import { QuantileState } from './quantile-state.ts'
import { SpreadState } from './spread-state.ts'
import { UndoableAggregate } from './undoable-aggregate.ts'
import type { WindowedAggregate } from './windowed-aggregate.ts'

/** The aggregates of an operator; distinct counts of one argument number its values together. */
export function createAggregates(plans: readonly AggregatePlan[]): WindowedAggregate[] {
  const values = new Map<number | null, DistinctValues>()
  return plans.map((plan, place) => {
    if (plan.fn !== 'count_distinct') return createAggregate(plan, place)
    const known = values.get(plan.argument) ?? new DistinctValues(plan.argumentType ?? 'boolean')
    values.set(plan.argument, known)
    return new DistinctAggregate(plan, place, known)
  })
}

/** The aggregate at a place of an operator, alone. */
export function createAggregate(plan: AggregatePlan, place: number): WindowedAggregate {
  switch (plan.fn) {
    case 'count':
      return new UndoableAggregate(plan, place, () => new CountState())
    case 'count_distinct':
      return new DistinctAggregate(plan, place, new DistinctValues(plan.argumentType ?? 'boolean'))
    case 'sum':
    case 'avg': {
      const mean = plan.fn === 'avg'
      const type = plan.argumentType ?? 'int64'
      if (isDecimal(type)) return new UndoableAggregate(plan, place, () => new DecimalSumState({ mean, scale: decimalType(type).scale }))
      if (type === 'double') return new FoldedAggregate(plan, place, () => new DoubleSumState({ mean }))
      return new UndoableAggregate(plan, place, () => new IntegerSumState({ mean }))
    }
    case 'min':
    case 'max':
      return new FoldedAggregate(plan, place, extremeState(plan))
    case 'first':
    case 'last':
      return new FoldedAggregate(plan, place, () => new PlacedState({ last: plan.fn === 'last', type: plan.field.type }))
    case 'collect':
      return new FoldedAggregate(plan, place, () => new CollectState({ max: plan.max, type: plan.argumentType ?? 'string' }))
    case 'variance':
    case 'stddev':
      return new FoldedAggregate(plan, place, () => new SpreadState({ root: plan.fn === 'stddev' }))
    case 'approx_count_distinct':
      return new FoldedAggregate(plan, place, () => new ApproxDistinctState())
    case 'quantile':
      return new UndoableAggregate(plan, place, () => new QuantileState({ q: plan.share ?? '0.5' }))
  }
}

function extremeState(plan: AggregatePlan): () => AggregateState {
  const greatest = plan.fn === 'max'
  const type = plan.argumentType ?? 'int64'
  const kind = columnKind(type)
  if (kind === 'string' || kind === 'bytes') return () => new ExtremeTextState({ greatest, kind, isDecimal: isDecimal(type) })
  return () => new ExtremeNumberState({ greatest, type })
}

function isDecimal(type: string): boolean {
  return type.startsWith('decimal(')
}

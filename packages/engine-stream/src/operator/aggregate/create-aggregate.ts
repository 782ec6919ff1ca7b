import { columnKind } from '@millrace/columnar'
import type { AggregatePlan } from '../physical-plan.ts'
import type { AggregateState } from './aggregate-state.ts'
import { CountState } from './count-state.ts'
import { DistinctAggregate } from './distinct-aggregate.ts'
import { DoubleSumState } from './double-sum-state.ts'
import { ExtremeNumberState } from './extreme-number-state.ts'
import { ExtremeTextState } from './extreme-text-state.ts'
import { FoldedAggregate } from './folded-aggregate.ts'
import { IntegerSumState } from './integer-sum-state.ts'
import { UndoableAggregate } from './undoable-aggregate.ts'
import type { WindowedAggregate } from './windowed-aggregate.ts'

/** The aggregate at a place of the window operator. */
export function createAggregate(plan: AggregatePlan, place: number): WindowedAggregate {
  switch (plan.fn) {
    case 'count':
      return new UndoableAggregate(plan, place, () => new CountState())
    case 'count_distinct':
      return new DistinctAggregate(plan, place)
    case 'sum':
    case 'avg': {
      const mean = plan.fn === 'avg'
      if (plan.argumentType === 'double') return new FoldedAggregate(plan, place, () => new DoubleSumState({ mean }))
      return new UndoableAggregate(plan, place, () => new IntegerSumState({ mean }))
    }
    case 'min':
    case 'max':
      return new FoldedAggregate(plan, place, extremeState(plan))
  }
}

function extremeState(plan: AggregatePlan): () => AggregateState {
  const greatest = plan.fn === 'max'
  const type = plan.argumentType ?? 'int64'
  const kind = columnKind(type)
  if (kind === 'string' || kind === 'bytes') return () => new ExtremeTextState({ greatest, kind })
  return () => new ExtremeNumberState({ greatest, type })
}

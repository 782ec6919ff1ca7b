import type { RowWork } from '../physical-plan.ts'
import { AsOfOperator } from './as-of-operator.ts'
import { CorrectedTotalOperator } from './corrected-total-operator.ts'
import { DedupeOperator } from './dedupe-operator.ts'
import { EarlyWindowOperator } from './early-window-operator.ts'
import { LatestOperator } from './latest-operator.ts'
import { LookupOperator } from './lookup-operator.ts'
import { MapOperator, type MapOperatorOptions } from './map-operator.ts'
import { OverOperator } from './over-operator.ts'
import { RevisedWindowOperator } from './revised-window-operator.ts'
import type { RowOperator } from './row-operator.ts'
import { SessionOperator } from './session-operator.ts'
import { TopCurrentOperator } from './top-current-operator.ts'
import { TopNOperator } from './top-n-operator.ts'
import { TotalOperator } from './total-operator.ts'
import { canUndo, UndoneTotalOperator } from './undone-total-operator.ts'
import { UnionOperator } from './union-operator.ts'

export function createRowOperator(work: RowWork, options: MapOperatorOptions): RowOperator {
  switch (work.kind) {
    case 'dedupe':
      return new DedupeOperator(work, options)
    case 'over':
      return new OverOperator(work, options)
    case 'session':
      return new SessionOperator(work, options)
    case 'as-of':
      return new AsOfOperator(work, options)
    case 'top-n':
      return new TopNOperator(work, options)
    case 'latest':
      return new LatestOperator(work, options)
    case 'total':
      if (work.change === null) return new TotalOperator(work, options)
      return canUndo(work) ? new UndoneTotalOperator(work, options) : new CorrectedTotalOperator(work, options)
    case 'top-current':
      return new TopCurrentOperator(work, options)
    case 'lookup':
      return new LookupOperator(work, options)
    case 'revised-window':
      return new RevisedWindowOperator(work, options)
    case 'early-window':
      return new EarlyWindowOperator(work, options)
    case 'union':
      return new UnionOperator(work, options)
    case 'map':
      return new MapOperator(work, options)
  }
}

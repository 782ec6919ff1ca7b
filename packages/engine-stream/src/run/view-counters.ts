import { newWindowCounters, type WindowCounters } from '../operator/window-counters.ts'
import type { GraphAsset } from './job-graph.ts'

/**
 * Figures of a view, from those of its operators: what came in of its first time operator, what went out of its last, and of all what became
 * null, was cut, or was refused by a map.
 *
 * @param ofOperator by ordinal, the figures of an operator and of the judgement before it
 */
export function viewCounters({ plan, operators }: GraphAsset, ofOperator: (ordinal: number) => readonly WindowCounters[]): WindowCounters {
  const counters = newWindowCounters()
  const last = plan.operators.length - 1
  const { from } = plan.operators[last].inputs[0]
  const add = (ordinal: number, names: readonly (keyof WindowCounters)[]): void => {
    for (const one of ofOperator(ordinal)) for (const name of names) counters[name] += one[name]
  }
  add(operators[plan.first ?? last], ['rowsIn', 'rowsCounted', 'lateAll', 'lateMemberships'])
  add(operators[from.kind === 'source' ? last : from.place], ['windowsFired', 'rowsOut'])
  for (const ordinal of new Set(operators)) add(ordinal, ['overflows', 'saturated'])
  const inFront = operatorsInFront(plan)
  for (const { operator } of plan.dead) {
    const dead = ofOperator(operators[operator]).reduce((sum, { deadLetters }) => sum + deadLetters, 0)
    if (inFront.has(operator)) {
      counters.rowsIn += dead
      counters.deadLetters += dead
    } else counters.deadResults += dead
  }
  return counters
}

/** Places of the operators that rows pass before they are counted: along left inputs, and all inputs of unions. */
function operatorsInFront({ operators, first }: GraphAsset['plan']): ReadonlySet<number> {
  const found = new Set<number>()
  const open = operators[first ?? operators.length - 1].inputs.slice(0, 1)
  for (let input = open.pop(); input !== undefined; input = open.pop()) {
    if (input.from.kind === 'source' || found.has(input.from.place)) continue
    found.add(input.from.place)
    const { inputs, ...operator } = operators[input.from.place]
    open.push(...(operator.kind === 'rows' && operator.work.kind === 'union' ? inputs : inputs.slice(0, 1)))
  }
  return found
}

import { userError } from '../error/index.ts'
import { closest } from '../expr/closest.ts'
import { withCanonicalTypes } from './canonical-types.ts'
import { checkNode } from './check-node.ts'
import { checkSource } from './check-source.ts'
import type { CheckedNode, CheckedPlan } from './checked-plan.ts'
import { insertExchanges } from './insert-exchange.ts'
import { nodeInputs } from './node-input.ts'
import type { Plan, PlanNode } from './plan.ts'
import { planHash } from './plan-hash.ts'
import { misfit, PLAN_SHAPE } from './shape.ts'

/** Most nodes of a plan. */
const NODES_MAX = 10_000

/**
 * Parses a plan, hand-written or compiled: structure, names, types, event times, partitioning, hash.
 * Throws a user error whose code begins with `plan/`; what returns is what engines accept.
 */
export function checkPlan(value: unknown): CheckedPlan {
  const found = misfit(value, PLAN_SHAPE)
  if (found !== undefined) {
    throw userError('plan/shape', `\`${found.path}\` is ${found.found}; expected is ${found.expected}.`, {
      asked: found.path,
      found: found.found,
      do: `Give ${found.expected}.`,
    })
  }
  const plan = withCanonicalTypes(value as Plan)
  if (plan.nodes.length > NODES_MAX)
    throw userError('plan/too-large', `The plan has ${plan.nodes.length} nodes; at most ${NODES_MAX} are allowed.`)
  const sources = new Map(uniqueBy(plan.sources, (source) => source.name, 'source').map((source) => [source.name, source]))
  for (const source of sources.values()) checkSource(source)
  const byId = new Map<string, CheckedNode>()
  for (const named of inOrder(plan)) {
    const { node, added } = insertExchanges(named, byId)
    for (const one of [...added, node]) byId.set(one.id, checkNode(one, { sources, byId }))
  }
  const output = byId.get(plan.output)
  if (output === undefined) throw unknownNode(plan.output, 'the output', plan)
  return { plan: { ...plan, hash: checkedHash(plan) }, sources, nodes: [...byId.values()], byId, output }
}

function checkedHash(plan: Plan): string {
  const hash = planHash(plan)
  if (plan.hash === undefined || plan.hash === hash) return hash
  throw userError('plan/hash-differs', `The plan says hash ${plan.hash}, but its content gives ${hash}.`, {
    asked: plan.hash,
    found: hash,
    do: 'Leave `hash` out, or put the plan back as it was compiled.',
  })
}

function uniqueBy<T>(items: readonly T[], name: (item: T) => string, what: string): readonly T[] {
  const seen = new Set<string>()
  for (const item of items) {
    if (seen.has(name(item))) {
      throw userError('plan/duplicate-name', `Two of the plan's ${what}s are called \`${name(item)}\`.`, {
        asked: name(item),
        do: 'Give each its own name.',
      })
    }
    seen.add(name(item))
  }
  return items
}

function unknownNode(id: string, by: string, plan: Plan): Error {
  const found = plan.nodes.map((node) => node.id)
  const near = closest(id, found)
  return userError(
    'plan/unknown-node',
    `Node \`${id}\`, named by ${by}, is not in the plan${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked: id,
      found,
      do: 'Name one of the nodes found.',
    },
  )
}

/** Nodes so that inputs come first; refuses unknown inputs and cycles. */
function inOrder(plan: Plan): readonly PlanNode[] {
  const nodes = new Map(uniqueBy(plan.nodes, (node) => node.id, 'node').map((node) => [node.id, node]))
  const done = new Map<string, PlanNode>()
  for (const start of nodes.values()) {
    const path = done.has(start.id) ? [] : [start]
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const missing = nodeInputs(node).find((id) => !done.has(id))
      if (missing === undefined) {
        done.set(node.id, node)
        path.pop()
        continue
      }
      const input = nodes.get(missing)
      if (input === undefined) throw unknownNode(missing, `\`${node.id}\``, plan)
      if (path.includes(input)) throw cycleError([...path.slice(path.indexOf(input)), input].map((one) => one.id))
      path.push(input)
    }
  }
  return [...done.values()]
}

function cycleError(cycle: readonly string[]): Error {
  return userError('plan/cycle', `The nodes ${cycle.join(' → ')} read each other in a circle.`, {
    asked: cycle[0],
    found: cycle,
    do: 'Let one of them read something else.',
  })
}

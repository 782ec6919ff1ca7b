import type { PlanNode } from '../plan/plan.ts'
import { canonicalJson } from '../plan/plan-hash.ts'

type WithoutId<N> = N extends PlanNode ? Omit<N, 'id'> : never

/** Nodes of a plan in the making; a node that stands there already is not added twice. */
export class NodeList {
  readonly #ids = new Map<string, string>()
  readonly #nodes: PlanNode[] = []

  get all(): readonly PlanNode[] {
    return this.#nodes
  }

  /** The id of the node. */
  add(node: WithoutId<PlanNode>): string {
    const text = canonicalJson(node)
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = `n${this.#nodes.length + 1}`
    this.#nodes.push({ id, ...node } as PlanNode)
    this.#ids.set(text, id)
    return id
  }
}

import { checkNode } from '../plan/check-node.ts'
import type { CheckedNode } from '../plan/checked-plan.ts'
import type { PlanNode, PlanSource } from '../plan/plan.ts'
import { canonicalJson } from '../plan/plan-hash.ts'

type WithoutId<N> = N extends PlanNode ? Omit<N, 'id'> : never

/** Nodes of a plan in the making, typed as they are added; a node that stands there already is not added twice. */
export class NodeList {
  readonly #sources: ReadonlyMap<string, PlanSource>
  readonly #ids = new Map<string, string>()
  readonly #checked = new Map<string, CheckedNode>()

  constructor(sources: readonly PlanSource[]) {
    this.#sources = new Map(sources.map((source) => [source.name, source]))
  }

  get all(): readonly PlanNode[] {
    return [...this.#checked.values()].map(({ node }) => node)
  }

  /** What is known of a node that was added. */
  checked(id: string): CheckedNode {
    return this.#checked.get(id) as CheckedNode
  }

  /** The id of the node. */
  add(node: WithoutId<PlanNode>): string {
    const text = canonicalJson(node)
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = `n${this.#checked.size + 1}`
    this.#checked.set(id, checkNode({ id, ...node } as PlanNode, { sources: this.#sources, byId: this.#checked }))
    this.#ids.set(text, id)
    return id
  }
}

import type { ViewOperation } from '../graph/view-asset.ts'
import { withInputs } from '../plan/node-input.ts'
import type { NodeList } from './node-list.ts'

/** Adds the plan's nodes; in the place of its scans, by the streams' names, the nodes that are there. */
export function addPlanned(
  { nodes: own, output }: Extract<ViewOperation, { readonly kind: 'plan' }>,
  scans: ReadonlyMap<string, string>,
  nodes: NodeList,
): string {
  const added = new Map<string, string>()
  for (const one of own) {
    const { id, ...node } = withInputs(one, (input) => added.get(input) as string)
    added.set(id, node.kind === 'scan' ? (scans.get(node.source) as string) : nodes.add(node))
  }
  return added.get(output) as string
}

import type { PlanNode } from './plan.ts'

/** Ids of the nodes that a node reads, in order. */
export function nodeInputs(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'scan':
      return []
    case 'join':
      return [node.left, node.right]
    case 'union':
      return node.inputs
    default:
      return [node.input]
  }
}

/** The node reading, in place of each input, the node that `instead` names for it. */
export function withInputs(node: PlanNode, instead: (id: string) => string): PlanNode {
  switch (node.kind) {
    case 'scan':
      return node
    case 'join':
      return { ...node, left: instead(node.left), right: instead(node.right) }
    case 'union':
      return { ...node, inputs: node.inputs.map(instead) }
    default:
      return { ...node, input: instead(node.input) }
  }
}

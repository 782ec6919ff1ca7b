import type { Tree, TreeModel } from '../tree/tree-model.ts'
import { ATTRIBUTE, type AttributeMessage, type NodeMessage } from './onnx-message.ts'

const BRANCH = 'BRANCH_LEQ'
const LEAF = 'LEAF'

/** Attributes of an ensemble under construction, one entry per node or leaf. */
interface EnsembleLists {
  readonly treeIds: number[]
  readonly nodeIds: number[]
  readonly features: number[]
  readonly modes: string[]
  readonly values: number[]
  readonly left: number[]
  readonly right: number[]
  readonly missingLeft: number[]
  readonly leafTrees: number[]
  readonly leafNodes: number[]
  readonly leafValues: number[]
}

/** The attributes of an ai.onnx.ml `TreeEnsembleRegressor` (version 3) that gives the model's log-odds. */
export function ensembleAttributes(model: TreeModel): readonly AttributeMessage[] {
  const lists: EnsembleLists = {
    treeIds: [],
    nodeIds: [],
    features: [],
    modes: [],
    values: [],
    left: [],
    right: [],
    missingLeft: [],
    leafTrees: [],
    leafNodes: [],
    leafValues: [],
  }
  for (const [treeId, tree] of model.trees.entries())
    for (let node = 0; node < tree.feature.length; node++) addNode(lists, treeId, tree, node)
  return [
    floats('base_values', [model.baseScore]),
    { name: 'n_targets', type: ATTRIBUTE.int, i: 1 },
    ints('nodes_treeids', lists.treeIds),
    ints('nodes_nodeids', lists.nodeIds),
    ints('nodes_featureids', lists.features),
    { name: 'nodes_modes', type: ATTRIBUTE.strings, strings: lists.modes.map((mode) => Buffer.from(mode)) },
    floats('nodes_values', lists.values),
    ints('nodes_truenodeids', lists.left),
    ints('nodes_falsenodeids', lists.right),
    ints('nodes_missing_value_tracks_true', lists.missingLeft),
    ints('target_treeids', lists.leafTrees),
    ints('target_nodeids', lists.leafNodes),
    ints('target_ids', new Array(lists.leafNodes.length).fill(0)),
    floats('target_weights', lists.leafValues),
    { name: 'aggregate_function', type: ATTRIBUTE.string, s: Buffer.from('SUM') },
    { name: 'post_transform', type: ATTRIBUTE.string, s: Buffer.from('NONE') },
  ]
}

function addNode(lists: EnsembleLists, treeId: number, tree: Tree, node: number): void {
  const leaf = tree.feature[node] < 0
  lists.treeIds.push(treeId)
  lists.nodeIds.push(node)
  lists.modes.push(leaf ? LEAF : BRANCH)
  lists.features.push(leaf ? 0 : tree.feature[node])
  lists.values.push(leaf ? 0 : tree.threshold[node])
  lists.left.push(leaf ? 0 : tree.left[node])
  lists.right.push(leaf ? 0 : tree.right[node])
  lists.missingLeft.push(leaf ? 0 : tree.missingLeft[node])
  if (!leaf) return
  lists.leafTrees.push(treeId)
  lists.leafNodes.push(node)
  lists.leafValues.push(tree.value[node])
}

/** The trees of an ensemble node as `ensembleAttributes` writes them; `cover` is of all nodes, tree after tree. */
export function treesOf(node: NodeMessage, cover: Float64Array): readonly Tree[] | undefined {
  const numbers = (name: string): readonly number[] => {
    const attribute = node.attribute.find((one) => one.name === name)
    return (attribute?.type === ATTRIBUTE.floats ? attribute.floats : attribute?.ints) ?? []
  }
  const treeIds = numbers('nodes_treeids')
  if (treeIds.length !== cover.length) return undefined
  const modes = (node.attribute.find((one) => one.name === 'nodes_modes')?.strings ?? []).map((mode) => Buffer.from(mode).toString())
  const columns = {
    feature: Int32Array.from(numbers('nodes_featureids'), (feature, at) => (modes[at] === LEAF ? -1 : feature)),
    threshold: Float32Array.from(numbers('nodes_values')),
    missingLeft: Uint8Array.from(numbers('nodes_missing_value_tracks_true')),
    left: Int32Array.from(numbers('nodes_truenodeids'), (child, at) => (modes[at] === LEAF ? -1 : child)),
    right: Int32Array.from(numbers('nodes_falsenodeids'), (child, at) => (modes[at] === LEAF ? -1 : child)),
    value: leafValues(treeIds, { trees: numbers('target_treeids'), nodes: numbers('target_nodeids'), weights: numbers('target_weights') }),
    cover,
  }
  return treeRanges(treeIds).map(([from, to]) => ({
    feature: columns.feature.slice(from, to),
    threshold: columns.threshold.slice(from, to),
    missingLeft: columns.missingLeft.slice(from, to),
    left: columns.left.slice(from, to),
    right: columns.right.slice(from, to),
    value: columns.value.slice(from, to),
    cover: columns.cover.slice(from, to),
  }))
}

/** Where each tree begins and ends among the nodes. */
function treeRanges(treeIds: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (let from = 0; from < treeIds.length; ) {
    let to = from
    while (to < treeIds.length && treeIds[to] === treeIds[from]) to++
    ranges.push([from, to])
    from = to
  }
  return ranges
}

function leafValues(
  treeIds: readonly number[],
  leaves: { readonly trees: readonly number[]; readonly nodes: readonly number[]; readonly weights: readonly number[] },
): Float32Array {
  const first = new Map(treeRanges(treeIds).map(([from]) => [treeIds[from], from]))
  const values = new Float32Array(treeIds.length)
  for (let leaf = 0; leaf < leaves.nodes.length; leaf++)
    values[(first.get(leaves.trees[leaf]) ?? 0) + leaves.nodes[leaf]] = leaves.weights[leaf]
  return values
}

function floats(name: string, values: readonly number[]): AttributeMessage {
  return { name, type: ATTRIBUTE.floats, floats: values }
}

function ints(name: string, values: readonly number[]): AttributeMessage {
  return { name, type: ATTRIBUTE.ints, ints: values }
}

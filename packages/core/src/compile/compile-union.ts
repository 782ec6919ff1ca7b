import { bare } from './compile-features.ts'
import type { NodeList } from './node-list.ts'

/** Adds a union, with a project where an input has its columns in another order than the first. */
export function addUnion(inputs: readonly string[], nodes: NodeList): string {
  const [first] = inputs
  const names = nodes.checked(first).fields.map(({ name }) => name)
  const alike = inputs.map((input) => {
    const own = nodes.checked(input).fields.map(({ name }) => name)
    return own.join() === names.join() ? input : nodes.add({ kind: 'project', input, columns: names.map(bare) })
  })
  return nodes.add({ kind: 'union', inputs: alike.map((input) => oneCount(input, alike[0], nodes)) })
}

/** Rows that lie by the first input's columns, but in another number of partitions, go through an exchange to the same number. */
function oneCount(input: string, first: string, nodes: NodeList): string {
  const [here, there] = [nodes.checked(input), nodes.checked(first)]
  const keys = here.partitionedBy
  if (keys === undefined || keys.length === 0 || keys.join() !== there.partitionedBy?.join()) return input
  if (typeof here.partitions === typeof there.partitions && (typeof here.partitions === 'object' || here.partitions === there.partitions))
    return input
  const partitions = typeof there.partitions === 'number' ? { partitions: there.partitions } : {}
  return nodes.add({ kind: 'exchange', input, keys, ...partitions })
}

import { posix } from 'node:path'
import type { CodeFile } from './code-file.ts'
import { packageOfPath, packageOfSpecifier } from './direction-rule.ts'
import type { Finding } from './finding.ts'

/** Circles of imports that run at load time, over the whole repository, packages included. Each circle is told once. */
export function checkCycles(files: readonly CodeFile[]): Finding[] {
  return circles(importGraph(files)).map((circle) => ({
    rule: 'cycle',
    path: circle[0],
    message: `${[...circle, circle[0]].join(' -> ')}; move what they share into a file of its own.`,
  }))
}

/** File → files it imports as values. A package name leads to the package's `src/index.ts`. */
function importGraph(files: readonly CodeFile[]): Map<string, string[]> {
  const known = new Set(files.map((file) => file.path))
  const graph = new Map<string, string[]>()
  for (const { path, imports } of files) {
    const targets = imports.filter((one) => !one.typeOnly && !one.dynamic).map((one) => targetOf(path, one.specifier))
    graph.set(path, [...new Set(targets)].filter((target) => target !== undefined && known.has(target)) as string[])
  }
  return graph
}

function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(path), specifier))
  const name = packageOfSpecifier(specifier)
  return name === undefined || name === packageOfPath(path) ? undefined : `packages/${name}/src/index.ts`
}

/**
 * One shortest circle for each strongly connected component (Tarjan 1972, with the recursion on a stack of its own,
 * as import chains can be long).
 */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  return components(graph)
    .filter((part) => part.length > 1 || graph.get(part[0])?.includes(part[0]))
    .map((part) => shortestCircle(graph, part))
}

function components(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const found: string[][] = []
  const enter = (node: string) => {
    order.set(node, order.size)
    low.set(node, order.size - 1)
    open.push(node)
    isOpen.add(node)
    return { node, next: 0 }
  }
  const lower = (node: string, value: number) => low.set(node, Math.min(low.get(node) as number, value))
  for (const start of graph.keys()) {
    if (order.has(start)) continue
    const path = [enter(start)]
    while (path.length > 0) {
      const frame = path[path.length - 1]
      const target = graph.get(frame.node)?.[frame.next++]
      if (target !== undefined) {
        if (!order.has(target)) path.push(enter(target))
        else if (isOpen.has(target)) lower(frame.node, order.get(target) as number)
        continue
      }
      path.pop()
      if (path.length > 0) lower(path[path.length - 1].node, low.get(frame.node) as number)
      if (low.get(frame.node) !== order.get(frame.node)) continue
      const part = open.splice(open.indexOf(frame.node))
      for (const node of part) isOpen.delete(node)
      found.push(part)
    }
  }
  return found
}

/** Breadth first from the alphabetically first member back to itself. */
function shortestCircle(graph: ReadonlyMap<string, readonly string[]>, part: readonly string[]): string[] {
  const start = [...part].sort()[0]
  const members = new Set(part)
  const paths = [[start]]
  const seen = new Set<string>()
  for (const path of paths) {
    for (const target of graph.get(path[path.length - 1]) ?? []) {
      if (target === start) return path
      if (!members.has(target) || seen.has(target)) continue
      seen.add(target)
      paths.push([...path, target])
    }
  }
  return [...part]
}

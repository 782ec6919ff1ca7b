import { type Node, parseSync, visitorKeys } from 'oxc-parser'
import type { TextFile } from './source-tree.ts'

export interface Import {
  readonly specifier: string
  readonly line: number
  /** `import type` or `export type … from`: erased, so it neither runs nor closes a cycle. */
  readonly typeOnly: boolean
  /** `import(…)`: runs later, so it closes no cycle at load time. */
  readonly dynamic: boolean
}

export interface FunctionSpan {
  readonly name: string
  readonly line: number
  readonly lines: number
  /** The callback of `describe(…)`: a list of tests, not a function to read at one glance. */
  readonly isSuite: boolean
}

/** What the rules need to know of a code file. */
export interface CodeFile {
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
  /** Functions with a block body. */
  readonly functions: readonly FunctionSpan[]
  /** Lines with the type `any`. */
  readonly anys: readonly number[]
  /** Lines that create a built-in error. */
  readonly bareErrors: readonly number[]
  readonly parseErrors: readonly string[]
}

const BUILT_IN_ERRORS = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
])

export function isCode(path: string): boolean {
  return /\.(ts|tsx|mts|mjs|js)$/.test(path) && !path.endsWith('.d.ts')
}

export function isTest(path: string): boolean {
  return /\.(test|bench)\.(ts|tsx)$/.test(path) || path.startsWith('test/') || /^packages\/[^/]+\/test\//.test(path)
}

export function parseCode({ path, text }: TextFile): CodeFile {
  const { program, errors } = parseSync(path, text, { sourceType: 'module' })
  const lineOf = lineFinder(text)
  const imports: Import[] = []
  const functions: FunctionSpan[] = []
  const anys: number[] = []
  const bareErrors: number[] = []
  walk(program, [], (node, parents) => {
    const found = importOf(node)
    if (found) imports.push({ ...found, line: lineOf(node.start) })
    if (isFunction(node)) functions.push({ ...describeFunction(node, parents), ...span(node, lineOf) })
    if (node.type === 'TSAnyKeyword') anys.push(lineOf(node.start))
    if (createsBuiltInError(node)) bareErrors.push(lineOf(node.start))
  })
  const lines = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return { path, lines, imports, functions, anys, bareErrors, parseErrors: errors.map((error) => error.message) }
}

function walk(node: Node, parents: readonly Node[], visit: (node: Node, parents: readonly Node[]) => void): void {
  visit(node, parents)
  const inner = [...parents, node]
  for (const key of visitorKeys[node.type] ?? []) {
    const child = (node as unknown as Record<string, unknown>)[key]
    for (const one of Array.isArray(child) ? child : [child]) if (isNode(one)) walk(one, inner, visit)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function importOf(node: Node): Omit<Import, 'line'> | undefined {
  if (node.type === 'ImportDeclaration') return { specifier: node.source.value, typeOnly: node.importKind === 'type', dynamic: false }
  if ((node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration') && node.source) {
    return { specifier: node.source.value, typeOnly: node.exportKind === 'type', dynamic: false }
  }
  if (node.type === 'TSImportType') return { specifier: node.source.value, typeOnly: true, dynamic: false }
  if (node.type === 'ImportExpression' && node.source.type === 'Literal' && typeof node.source.value === 'string') {
    return { specifier: node.source.value, typeOnly: false, dynamic: true }
  }
  return undefined
}

function isFunction(node: Node): boolean {
  if (node.type === 'ArrowFunctionExpression') return node.body.type === 'BlockStatement'
  return (node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression') && node.body !== null
}

function describeFunction(node: Node, parents: readonly Node[]): { name: string; isSuite: boolean } {
  const parent = parents[parents.length - 1]
  const isSuite = parent.type === 'CallExpression' && rootName(parent.callee) === 'describe'
  if ('id' in node && isNode(node.id) && node.id.type === 'Identifier') return { name: node.id.name, isSuite }
  if ('key' in parent && isNode(parent.key) && 'name' in parent.key) return { name: String(parent.key.name), isSuite }
  if (parent.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return { name: parent.id.name, isSuite }
  return { name: 'a callback', isSuite }
}

/** `describe` of `describe.skip(…)`, `describe.each(…)(…)`. */
function rootName(callee: Node): string | undefined {
  if (callee.type === 'Identifier') return callee.name
  if (callee.type === 'MemberExpression') return rootName(callee.object)
  return callee.type === 'CallExpression' ? rootName(callee.callee) : undefined
}

function createsBuiltInError(node: Node): boolean {
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return false
  return node.callee.type === 'Identifier' && BUILT_IN_ERRORS.has(node.callee.name)
}

function span(node: Node, lineOf: (offset: number) => number): { line: number; lines: number } {
  const line = lineOf(node.start)
  return { line, lines: lineOf(node.end - 1) - line + 1 }
}

/** Line (from 1) of an offset, by binary search over the line starts. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (offset) => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle] <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }
}

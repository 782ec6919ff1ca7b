import { closest, userError } from '@millrace/core'

/** A table that statements may read. */
export interface SqlView {
  readonly name: string
  /** A DuckDB table expression. */
  readonly sql: string
}

/** Columns of a view: the user's, and those that begin with `_`. */
export interface ViewColumns {
  readonly visible: readonly string[]
  readonly system: readonly string[]
}

/** Table functions that read nothing but their arguments. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'range',
  'generate_series',
  'unnest',
  'repeat',
  'repeat_row',
  'json_each',
  'json_tree',
])
/** Functions that reach out of the statement: settings, sequences, logs, random state. */
const FUNCTIONS_REFUSED: ReadonlySet<string> = new Set([
  'current_setting',
  'set_config',
  'nextval',
  'currval',
  'setseed',
  'write_log',
  'getenv',
  'getvariable',
  'which_secret',
])
const NODES: ReadonlySet<string> = new Set(['SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE', 'CTE_NODE'])
const TABLES: ReadonlySet<string> = new Set([
  'BASE_TABLE',
  'SUBQUERY',
  'JOIN',
  'TABLE_FUNCTION',
  'EXPRESSION_LIST',
  'EMPTY',
  'EMPTY_FROM',
  'PIVOT',
  'SHOW_REF',
  'COLUMN_DATA',
])

export type SqlNode = Record<string, unknown>
/** Names of the common table expressions that hide tables, folded to lower case. */
type Scope = ReadonlySet<string>

/** What a statement reads, found in its parsed form. */
export interface SqlReads {
  readonly views: ReadonlySet<SqlView>
  /** Some name in it begins with `_`. */
  readonly systemColumns: boolean
  /** A natural join or a pivot: its result depends on every column of its tables. */
  readonly allColumns: boolean
}

/** Walks a parsed statement and refuses what is not a read of the offered tables (`sql/read-only`, `sql/not-allowed`, `sql/unknown-table`). */
export function checkReads(statement: SqlNode, views: readonly SqlView[]): SqlReads {
  const byName = new Map(views.map((view) => [view.name.toLowerCase(), view]))
  const reads = { views: new Set<SqlView>(), systemColumns: false, allColumns: false }
  walk(statement, new Set(), (node, scope) => {
    checkNode(node)
    if (node.type === 'BASE_TABLE') {
      const view = tableOf(node, scope, byName)
      if (view !== undefined) reads.views.add(view)
    }
    if (namesSystemColumn(node)) reads.systemColumns = true
    if (node.type === 'PIVOT' || node.ref_type === 'NATURAL') reads.allColumns = true
  })
  return reads
}

/** Visits every object of the statement with the names of the common table expressions in its scope. */
export function walk(value: unknown, scope: Scope, visit: (node: SqlNode, scope: Scope) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, scope, visit)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const node = value as SqlNode
  const inner = node.cte_map === undefined ? scope : walkCtes(node, scope, visit)
  visit(node, inner)
  for (const [key, child] of Object.entries(node)) if (key !== 'cte_map') walk(child, inner, visit)
}

function walkCtes(node: SqlNode, scope: Scope, visit: (node: SqlNode, scope: Scope) => void): Scope {
  const { map } = node.cte_map as {
    readonly map: readonly { readonly key: string; readonly value: { readonly query: { readonly node: SqlNode } } }[]
  }
  const names = new Set(scope)
  for (const { key, value } of map) {
    const own = key.toLowerCase()
    walk(value, value.query.node.type === 'RECURSIVE_CTE_NODE' ? new Set([...names, own]) : new Set(names), visit)
    names.add(own)
  }
  return names
}

function checkNode(node: SqlNode): void {
  const { type } = node
  if (node.class !== undefined) checkExpression(node)
  if (typeof type !== 'string' || node.class !== undefined) return
  if (type.endsWith('_NODE') && !NODES.has(type)) throw notAllowed(`a ${type.toLowerCase().replaceAll('_', ' ')}`)
  if ('sample' in node && 'query_location' in node && !TABLES.has(type)) throw notAllowed(`a table reference of kind ${type.toLowerCase()}`)
  if (type === 'TABLE_FUNCTION') checkTableFunction(node.function as SqlNode)
  if (type === 'SHOW_REF' && node.query === null) throw notAllowed('`show`')
}

function checkTableFunction(call: SqlNode): void {
  const name = String(call.function_name).toLowerCase()
  if (!TABLE_FUNCTIONS.has(name)) throw notAllowed(`the table function \`${name}\``, [...TABLE_FUNCTIONS])
}

function checkExpression(node: SqlNode): void {
  if (node.class === 'PARAMETER') throw notAllowed('a parameter')
  const name = node.class === 'FUNCTION' ? String(node.function_name).toLowerCase() : ''
  if (FUNCTIONS_REFUSED.has(name)) throw notAllowed(`the function \`${name}\``)
}

function notAllowed(what: string, found: readonly string[] = []): Error {
  return userError('sql/not-allowed', `The statement uses ${what}, which is not allowed here: statements read the project's tables only.`, {
    asked: what,
    found,
    do: 'Read one of the tables of the project, e.g. with `select`, `with`, `values`, `describe`.',
  })
}

/** The view a table reference means; undefined for a common table expression. */
export function tableOf(node: SqlNode, scope: Scope, views: ReadonlyMap<string, SqlView>): SqlView | undefined {
  const name = String(node.table_name)
  const schema = [node.catalog_name, node.schema_name].filter((part) => part !== '').join('.')
  if (schema === '' && scope.has(name.toLowerCase())) return undefined
  const view = schema === '' ? views.get(name.toLowerCase()) : undefined
  if (view !== undefined) return view
  const asked = schema === '' ? name : `${schema}.${name}`
  const found = [...views.values()].map((one) => one.name).sort()
  const near = closest(asked, found)
  throw userError('sql/unknown-table', `Table \`${asked}\` does not exist${near === undefined ? '' : `; did you mean \`${near}\`?`}`, {
    asked,
    found,
    do: found.length === 0 ? 'Run the project first: it has no tables yet.' : 'Use one of the tables found.',
  })
}

const isSystem = (name: unknown): boolean => typeof name === 'string' && name.startsWith('_')

function namesSystemColumn(node: SqlNode): boolean {
  const lists = [node.column_names, node.exclude_list, node.using_columns].filter(Array.isArray)
  if (lists.some((list) => list.some(isSystem))) return true
  const keyed = [node.qualified_exclude_list, node.rename_list, node.replace_list].filter(Array.isArray) as SqlNode[][]
  return keyed.some((list) =>
    list.some((entry) => isSystem(entry.column) || isSystem(entry.key) || isSystem((entry.key as SqlNode | undefined)?.column)),
  )
}

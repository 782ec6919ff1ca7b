import { type SqlNode, type SqlView, tableOf, type ViewColumns, walk } from './sql-guard.ts'

/** Where a statement names system columns, its tables are read through views that have them, under this prefix. */
export const WHOLE_VIEW_PREFIX = '_whole_'

interface Hidden {
  readonly tables: readonly { readonly table: string; readonly columns: readonly string[] }[]
  /** Columns that a USING clause made into one column of no table. */
  readonly merged: ReadonlySet<string>
}

/**
 * Points the statement's tables at the views with system columns, and leaves these out of every star:
 * `select *, _arrival from t` reads `select * exclude (t._arrival, …), _arrival`. Changes the parsed statement in place.
 */
export function readWholeViews(statement: SqlNode, columnsOf: ReadonlyMap<SqlView, ViewColumns>): void {
  const views = new Map([...columnsOf.keys()].map((view) => [view.name.toLowerCase(), view]))
  const viewOf = (node: SqlNode, scope: ReadonlySet<string>): SqlView | undefined => tableOf(node, scope, views)
  walk(statement, new Set(), (node, scope) => {
    if (node.type !== 'SELECT_NODE') return
    const hidden = hiddenColumns(node.from_table as SqlNode, (table) => {
      const view = viewOf(table, scope)
      return view === undefined ? [] : (columnsOf.get(view)?.system ?? [])
    })
    if (hidden.tables.length > 0)
      for (const [key, child] of Object.entries(node)) if (key !== 'from_table' && key !== 'cte_map') excludeIn(child, hidden)
  })
  walk(statement, new Set(), (node, scope) => {
    if (node.type !== 'BASE_TABLE' || node.class !== undefined) return
    const view = viewOf(node, scope)
    if (view === undefined) return
    if (node.alias === '') node.alias = node.table_name
    node.table_name = WHOLE_VIEW_PREFIX + view.name
  })
}

/** System columns that a star over this FROM clause would show, by the name of their table there. */
function hiddenColumns(from: SqlNode, systemOf: (table: SqlNode) => readonly string[]): Hidden {
  if (from.type === 'BASE_TABLE') {
    const columns = systemOf(from)
    return {
      tables: columns.length === 0 ? [] : [{ table: String(from.alias === '' ? from.table_name : from.alias), columns }],
      merged: new Set(),
    }
  }
  if (from.type !== 'JOIN') return { tables: [], merged: new Set() }
  const left = hiddenColumns(from.left as SqlNode, systemOf)
  const using = (from.using_columns as readonly string[]).map((name) => name.toLowerCase()).filter((name) => name.startsWith('_'))
  const merged = new Set([...left.merged, ...using])
  if (from.join_type === 'SEMI' || from.join_type === 'ANTI') return { tables: left.tables, merged }
  const right = hiddenColumns(from.right as SqlNode, systemOf)
  return { tables: [...left.tables, ...right.tables], merged: new Set([...merged, ...right.merged]) }
}

/** Adds the hidden columns to the EXCLUDE lists of the stars of one SELECT; subqueries have stars of their own. */
function excludeIn(value: unknown, hidden: Hidden): void {
  if (Array.isArray(value)) {
    for (const item of value) excludeIn(item, hidden)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const node = value as SqlNode
  if (node.type === 'SELECT_NODE') return
  if (node.class === 'STAR') exclude(node, hidden)
  for (const child of Object.values(node)) excludeIn(child, hidden)
}

function exclude(star: SqlNode, hidden: Hidden): void {
  const relation = String(star.relation_name).toLowerCase()
  const unqualified = star.exclude_list as string[]
  const said = new Set([...unqualified, ...replaced(star)].map((name) => name.toLowerCase()))
  const list = star.qualified_exclude_list as { catalog: string; schema: string; table: string; column: string }[]
  const known = new Set(list.map((entry) => `${entry.table}.${entry.column}`.toLowerCase()))
  for (const { table, columns } of hidden.tables) {
    if (relation !== '' && relation !== table.toLowerCase()) continue
    for (const column of columns) {
      if (said.has(column) || known.has(`${table}.${column}`.toLowerCase())) continue
      if (relation !== '' || !hidden.merged.has(column)) list.push({ catalog: '', schema: '', table, column })
      else {
        said.add(column)
        unqualified.push(column)
      }
    }
  }
}

/** A column that the star replaces is one the user wants to see. */
function replaced(star: SqlNode): readonly string[] {
  return (star.replace_list as { readonly key: string }[]).map((entry) => entry.key)
}

import { compileAsset, type Project, streamOf, userError } from '@millrace/core'
import type { SchemaStep } from '@millrace/lake'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { tableSpecs } from '../pipeline/table-spec.ts'
import { type ReadOptions, tableName, withReadContext } from '../scope/open-scope.ts'
import { knownTable } from './tables-command.ts'

interface AlterOptions extends ReadOptions {
  readonly add?: readonly string[]
  readonly drop?: readonly string[]
  readonly rename?: readonly string[]
  readonly widen?: readonly string[]
  readonly move?: readonly string[]
  readonly partitionBy?: string
}

/** Changes a table's columns and how later files are partitioned; no data file is touched. */
export async function alterCommand(options: AlterOptions, table: string): Promise<void> {
  const steps = stepsOf(options)
  if (steps.length === 0 && options.partitionBy === undefined) throw nothingAsked(table)
  const { columns, partitionBy } = await withReadContext(options, async (context) => {
    const name = tableName(context.scope, await knownTable(context, table))
    const neededBy = (column: string) => readersOf(context.loaded.project, { table, column })
    if (steps.length > 0) await context.lake.evolve(name, { steps, neededBy })
    if (options.partitionBy !== undefined) await context.lake.repartition(name, partitionTerms(options.partitionBy))
    const described = await context.lake.describe(name)
    return { columns: described.columns, partitionBy: described.specs.find((spec) => spec.current)?.by ?? [] }
  })
  if (options.json === true) return printJson({ table, columns, partition_by: partitionBy })
  const rows = columns.map(({ id, name, type, nullable }) => [id, name, type, nullable ? 'yes' : 'no'])
  printText(`${textTable(['id', 'column', 'type', 'nullable'], rows)}\n\npartitioned by ${partitionBy.join(', ') || 'nothing'}`)
}

/** In the order: drop, rename, widen, add, move. */
function stepsOf({ add = [], drop = [], rename = [], widen = [], move = [] }: AlterOptions): SchemaStep[] {
  return [
    ...drop.map((column): SchemaStep => ({ kind: 'drop', column })),
    ...rename.map((text): SchemaStep => {
      const [column, to] = twoParts('--rename', text, '=')
      return { kind: 'rename', column, to }
    }),
    ...widen.map((text): SchemaStep => {
      const [column, to] = twoParts('--widen', text, ':')
      return { kind: 'widen', column, to }
    }),
    ...add.map((text): SchemaStep => {
      const [name, type] = twoParts('--add', text, ':')
      return { kind: 'add', field: { name, type, nullable: true } }
    }),
    ...move.map((text): SchemaStep => {
      const [column, after] = twoParts('--move', text, ':')
      return { kind: 'move', column, after: after === 'first' ? null : after }
    }),
  ]
}

function twoParts(option: string, text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)]
  throw userError('cli/usage', `\`${option}\` is \`${text}\`; two names with \`${separator}\` between them are expected.`, {
    asked: `${option} ${text}`,
    found: text,
    do: 'See `millrace tables alter --help`.',
  })
}

/** Terms apart at the commas that stand outside parentheses. */
function partitionTerms(text: string): string[] {
  return text === 'nothing' ? [] : text.split(/,(?![^(]*\))/).map((term) => term.trim())
}

/** What of the project reads or writes a column of a table by its name. */
function readersOf(project: Project, { table, column }: { readonly table: string; readonly column: string }): string[] {
  const spec = tableSpecs(project).find((one) => one.name === table)
  if (spec === undefined) return []
  const own = spec.fields.some((field) => field.name === column) ? [spec.asset] : []
  const views = [...project.features, ...project.models].filter((view) => {
    const input = view.kind === 'model' ? view.input.name : streamOf(view).name
    return input === table && mentions(compileAsset(view.kind === 'model' ? view.input : view).plan, column)
  })
  return [...new Set([...own, ...views.map((view) => view.name)])]
}

/** Whether a name stands anywhere in a plan: as a column that is read, a key, or a source's time. */
function mentions(part: unknown, name: string): boolean {
  if (part === name) return true
  return typeof part === 'object' && part !== null && Object.values(part).some((inner) => mentions(inner, name))
}

function nothingAsked(table: string): Error {
  return userError('cli/usage', `What is to change of \`${table}\` is not said.`, {
    asked: `tables alter ${table}`,
    found: 'no option',
    do: 'Give `--add NAME:TYPE`, `--drop NAME`, `--rename OLD=NEW`, `--widen NAME:TYPE`, `--move NAME:AFTER` or `--partition-by TERMS`.',
  })
}

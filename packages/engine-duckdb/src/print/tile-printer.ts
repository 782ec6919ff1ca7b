import type { HoppingWindow, Step, WindowAggregateNode } from '@millrace/core'
import { judgesRows } from './accepted-rows.ts'
import { printStagedAggregate } from './aggregate-printer.ts'
import { latestStart, windowColumns, windowsPerRow } from './fixed-window.ts'
import { identifier } from './identifier.ts'
import type { PrintOptions } from './plan-printer.ts'
import { aliased, indent, selectText } from './select-text.ts'

type HoppingNode = WindowAggregateNode & { readonly window: HoppingWindow }

interface Named {
  readonly sql: string
  readonly name: string
}

/**
 * Rows per hopping window and key, in two stages: rows by tile, which is the step that they lie in, then tiles by window. Only tiles are
 * repeated, once per window that they are part of. What a window counts different values of, and how many windows a late row still counts
 * in, tells the rows of a tile apart.
 */
export function printOverTiles(node: HoppingNode, input: Step, options: PrintOptions): string {
  const { size_ms: size, every_ms: step } = node.window
  const judged = judgesRows(input, options)
  const count = windowsPerRow(node.window)
  const keys = node.keys.map(identifier)
  const staged = node.aggregates.map((aggregate, i) => {
    const { partials, values, merged } = printStagedAggregate(aggregate, input)
    return { name: aggregate.name, partials: named(partials, `_part${i}_`), values: named(values, `_value${i}_`), merged }
  })
  const windows = {
    sql: windowsLeft({ count, size, step, stamps: input.stamps }),
    name: '_windows',
  }
  // DuckDB 1.5 fails on an expression with TRY as a key of GROUP BY: the keys are columns.
  const apart = [...(judged ? [windows] : []), ...staged.flatMap(({ values }) => values)]
  const rows = selectText(
    ['*', ...[{ sql: latestStart(node.window), name: '_tile' }, ...apart].map(column)],
    [`FROM ${identifier(input.name)}`],
  )
  const tileKeys = ['"_tile"', ...keys, ...names(apart)]
  const tiles = selectText(
    [...tileKeys, ...staged.flatMap(({ partials }) => partials.map(column))],
    [`FROM (\n${indent(rows)}\n)`, `GROUP BY ${tileKeys.join(', ')}`],
  )
  const repeated = selectText(
    ['*', aliased(`"_tile" - "_hop" * ${step}`, '_start')],
    [`FROM (\n${indent(tiles)}\n)`, `CROSS JOIN range(${count}) AS hops("_hop")`, ...(judged ? ['WHERE "_hop" < "_windows"'] : [])],
  )
  const aggregates = staged.map(({ name, partials, values, merged }) => aliased(merged(names(partials), names(values)), name))
  return selectText(
    [...windowColumns(size), ...keys, ...aggregates],
    [`FROM (\n${indent(repeated)}\n)`, `GROUP BY ${['"_start"', ...keys].join(', ')}`],
  )
}

/** How many windows a row still counts in, the latest of them first; all where it has no stamp. */
function windowsLeft(of: {
  readonly count: number
  readonly size: number
  readonly step: number
  readonly stamps: Step['stamps']
}): string {
  const { count, size, step, stamps } = of
  const left = `least(${count}, greatest(0, "_tile" + ${size + step - 1} - epoch_ms("_watermark")) // ${step})`
  return stamps === 'all' ? left : `CASE WHEN "_watermark" IS NULL THEN ${count} ELSE ${left} END`
}

function named(sqls: readonly string[], prefix: string): readonly Named[] {
  return sqls.map((sql, i) => ({ sql, name: `${prefix}${i}` }))
}

function column({ sql, name }: Named): string {
  return aliased(sql, name)
}

function names(of: readonly Named[]): readonly string[] {
  return of.map(({ name }) => identifier(name))
}

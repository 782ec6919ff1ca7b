import { compileAsset, userError } from '@millrace/core'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import type { ComputedAsset } from '../pipeline/view-job.ts'
import { parityOf } from '../query/parity.ts'
import { type ReadContext, type ReadOptions, withReadContext } from '../scope/open-scope.ts'

/** Recomputes a view in batch from the committed records, and compares it with what the stream made, row for row. */
export async function parityCommand(options: ReadOptions, name: string): Promise<void> {
  const started = performance.now()
  const found = await withReadContext(options, (context) => parityOf(context, chosen(context, name)))
  const { view, ...parity } = found
  const document = { ...parity, seconds: Math.round(performance.now() - started) / 1000 }
  process.exitCode = parity.equal ? 0 : 1
  if (options.json === true) return printJson(document)
  const { rows, differences } = document
  printText(
    parity.equal
      ? `${name}: ${rows.compared} rows are equal in batch and stream (plan ${compileAsset(view).plan.hash.slice(0, 19)}…).`
      : `${name}: ${rows.only_stream} rows only in the stream, ${rows.only_batch} only in batch, of ${rows.compared}.\n${textTable(
          ['in', 'row'],
          differences.map((one) => [one.side, JSON.stringify(one.row)]),
        )}`,
  )
}

function chosen({ loaded }: ReadContext, name: string): ComputedAsset {
  const view = loaded.project.computed.find((one) => one.name === name)
  if (view !== undefined) return view
  const asset = loaded.project.asset(name)
  throw userError('parity/no-view', `Asset \`${name}\`, of kind ${asset.kind}, is no view with a table.`, {
    asked: name,
    found: loaded.project.computed.map((one) => one.name),
    do: 'Name one of the views found.',
  })
}

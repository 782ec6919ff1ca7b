import { setTimeout as sleep } from 'node:timers/promises'
import { durationMs, MillraceError, userError } from '@millrace/core'
import { ParityMeters } from '@millrace/server'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import type { ComputedAsset } from '../pipeline/view-job.ts'
import { type Parity, parityOf } from '../query/parity.ts'
import { type ReadContext, type ReadOptions, withReadContext } from '../scope/open-scope.ts'
import { instant } from './instant.ts'
import { Interruption } from './interruption.ts'

interface ParityOptions extends ReadOptions {
  readonly since?: string
  readonly every?: string
  readonly port?: number
}

/** Recomputes a view in batch from the committed records, and compares it with what the stream made, row for row. */
export async function parityCommand(options: ParityOptions, name: string): Promise<void> {
  const since = options.since === undefined ? undefined : instant(options.since, '--since')
  const everyMs = options.every === undefined ? undefined : durationMs(options.every, '`--every`')
  if (everyMs !== undefined) return watchParity(options, { name, since, everyMs })
  if (options.port !== undefined)
    throw userError('cli/usage', '`--port` serves metrics of comparisons that are repeated.', {
      asked: options.port,
      do: 'Add `--every 1h`.',
    })
  const document = await compare(options, { name, since })
  process.exitCode = document.equal ? 0 : 1
  if (options.json === true) printJson(document)
  else printText(parityText(document))
}

type ParityDocument = Parity & { readonly seconds: number }

async function compare(options: ReadOptions, { name, since }: { name: string; since?: number }): Promise<ParityDocument> {
  const started = performance.now()
  const { view: _, ...parity } = await withReadContext(options, (context) => parityOf(context, chosen(context, name), since))
  return { ...parity, seconds: Math.round(performance.now() - started) / 1000 }
}

/** Compares again and again until it is interrupted; a comparison that cannot be made is told and counted, and the next one tried. */
async function watchParity(options: ParityOptions, what: { name: string; since?: number; everyMs: number }): Promise<void> {
  const meters = new ParityMeters()
  const interruption = new Interruption()
  const server = options.port === undefined ? undefined : await meters.serve(options.port)
  if (server !== undefined) process.stderr.write(`Metrics: http://127.0.0.1:${server.port}/metrics\n`)
  try {
    for (;;) {
      await Promise.race([compareOnce(options, what, meters), interruption.asked])
      await Promise.race([sleep(what.everyMs), interruption.asked])
    }
  } catch (error) {
    if (!interruption.isThis(error)) throw error
    process.exitCode = interruption.exitStatus
  } finally {
    interruption.ignore()
    await server?.close()
  }
}

async function compareOnce(options: ParityOptions, what: { name: string; since?: number }, meters: ParityMeters): Promise<void> {
  try {
    const document = await compare(options, what)
    meters.found(document)
    if (options.json === true) printJson(document)
    else printText(parityText(document))
  } catch (error) {
    if (!(error instanceof MillraceError) || error.family === 'user') throw error
    meters.failed(what.name)
    process.stderr.write(`${error.message}\n`)
  }
}

function parityText({ asset, equal, rows, differences }: ParityDocument): string {
  if (equal) return `${asset}: ${rows.compared} rows are equal in batch and stream.`
  const shown = textTable(
    ['in', 'row'],
    differences.map((one) => [one.side, JSON.stringify(one.row)]),
  )
  return `${asset}: ${rows.only_stream} rows only in the stream, ${rows.only_batch} only in batch, of ${rows.compared}.\n${shown}`
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

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MillraceError, userError } from '@millrace/core'

/** What `npm run kafka:up` and its kind were asked for. */
export interface ServerOptions {
  readonly action: 'up' | 'down'
  readonly folder: string
  readonly port: number
  readonly json: boolean
}

const PORT_MAX = 65_530

/** Reads `up|down [--port N] [--dir DIR] [--json]`. */
export function serverOptions(args: readonly string[], defaults: { readonly name: string; readonly port: number }): ServerOptions {
  const usage = `Usage: npm run ${defaults.name}:up|${defaults.name}:down [-- --port ${defaults.port} --dir .cluster/${defaults.name} --json]`
  const refuse = (message: string, asked: unknown): Error => userError('cluster/options', `${message} ${usage}`, { asked, do: usage })
  const { positionals, values } = parsed(args, refuse)
  const [action, ...rest] = positionals
  if ((action !== 'up' && action !== 'down') || rest.length > 0)
    throw refuse(`\`${positionals.join(' ')}\` is not up or down.`, positionals)
  const port = Number(values.port ?? defaults.port)
  if (!Number.isInteger(port) || port < 1 || port > PORT_MAX)
    throw refuse(`--port must be a whole number from 1 to ${PORT_MAX}.`, values.port)
  const folder = values.dir === undefined ? resolve(import.meta.dirname, '../../.cluster', defaults.name) : resolve(values.dir)
  return { action, port, folder, json: values.json }
}

function parsed(args: readonly string[], refuse: (message: string, asked: unknown) => Error) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { port: { type: 'string' }, dir: { type: 'string' }, json: { type: 'boolean', default: false } },
    })
  } catch (error) {
    throw refuse((error as Error).message, args)
  }
}

/** Runs a command of a server: what it answers goes to standard output, what is in the way is said in a sentence. */
export async function runServerCommand(
  json: boolean,
  work: () => Promise<{ readonly text: string; readonly document: unknown }>,
): Promise<void> {
  try {
    const { text, document } = await work()
    console.log(json ? JSON.stringify(document) : text)
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    console.error(`millrace: ${error.message}`)
    process.exitCode = error.exitStatus
  }
}

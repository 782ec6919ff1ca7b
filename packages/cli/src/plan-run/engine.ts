import { userError } from '@millrace/core'
import type { OpenRunner } from './flink-engine.ts'

const RUNNERS: Readonly<Record<string, () => Promise<OpenRunner>>> = {
  stream: async () => inProcess((await import('@millrace/engine-stream')).streamRunner),
  duckdb: async () => inProcess((await import('@millrace/engine-duckdb')).duckdbRunner),
  flink: async () => (await import('./flink-engine.ts')).openFlinkRunner(),
  reference: async () => inProcess((await import('@millrace/reference')).referenceRunner),
}

function inProcess(runner: OpenRunner['runner']): OpenRunner {
  return { runner, close: async () => {} }
}

/** The runner of an engine by name; refuses others with `engine/unsupported`. */
export async function planRunner(engine: string): Promise<OpenRunner> {
  const open = Object.hasOwn(RUNNERS, engine) ? RUNNERS[engine] : undefined
  if (open !== undefined) return open()
  const found = Object.keys(RUNNERS)
  throw userError('engine/unsupported', `Engine \`${engine}\` cannot run plans here.`, {
    asked: engine,
    found,
    do: `Use ${found.join(', ')}.`,
    details: { engine, operation: 'plan-run', engines_that_can: found },
  })
}

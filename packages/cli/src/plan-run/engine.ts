import { type PlanRunner, userError } from '@millrace/core'

const RUNNERS: Readonly<Record<string, () => Promise<PlanRunner>>> = {
  stream: async () => (await import('@millrace/engine-stream')).streamRunner,
  duckdb: async () => (await import('@millrace/engine-duckdb')).duckdbRunner,
  reference: async () => (await import('@millrace/reference')).referenceRunner,
}

/** The runner of an engine by name; refuses others with `engine/unsupported`. */
export async function planRunner(engine: string): Promise<PlanRunner> {
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

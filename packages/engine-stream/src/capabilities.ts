import { AGGREGATES, FUNCTIONS, userError } from '@millrace/core'

/** Engines that run what this one refuses. */
const ENGINES_THAT_CAN: readonly string[] = ['duckdb', 'reference']

/** What the stream runner can run. */
export const CAPABILITIES = {
  engine: 'stream',
  nodes: [
    'scan',
    'filter',
    'project',
    'exchange',
    'window-aggregate',
    'over-aggregate',
    'join',
    'dedupe',
    'latest',
    'union',
    'top-n',
    'map',
    'sink',
  ] as readonly string[],
  joins: ['interval', 'as-of', 'lookup'] as readonly string[],
  windows: ['tumbling', 'hopping', 'session', 'calendar', 'all'] as readonly string[],
  aggregates: [...AGGREGATES.keys()],
  functions: [...FUNCTIONS.keys()],
  late: ['keep', 'drop', 'revise'],
} as const

/** The answer to a plan that this engine cannot run. */
export function unsupported(operation: string, node: string, enginesThatCan: readonly string[] = ENGINES_THAT_CAN): Error {
  const others = enginesThatCan.length === 0 ? 'no engine can yet' : `${enginesThatCan.join(' and ')} can`
  return userError('engine/unsupported', `The stream engine does not run ${operation} (node \`${node}\`); ${others}.`, {
    asked: operation,
    found: CAPABILITIES.nodes,
    do: enginesThatCan.length === 0 ? 'Change the plan.' : `Use ${enginesThatCan.join(' or ')}, or change the plan.`,
    details: { engine: CAPABILITIES.engine, operation, engines_that_can: enginesThatCan },
  })
}

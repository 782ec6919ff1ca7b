import { ROOT } from '../measure/child.ts'
import { type LoadTarget, OUR_PORT } from './load-target.ts'
import { FEATURES, MODEL_NAME } from './model-file.ts'
import { ServingProcess } from './serving-process.ts'

export function startOurs(file: string): Promise<ServingProcess> {
  return ServingProcess.start({
    name: 'our server',
    command: process.execPath,
    args: ['bench/score-server.ts', String(OUR_PORT), file],
    cwd: ROOT,
    readyUrl: `http://127.0.0.1:${OUR_PORT}/health/live`,
  })
}

export const OUR_TARGET: LoadTarget = {
  port: OUR_PORT,
  path: `/api/score/${MODEL_NAME}`,
  body: (row) => JSON.stringify({ features: Object.fromEntries(row.map((value, i) => [FEATURES[i], value])) }),
  scoreOf: (answer) => (answer as { score: number | null }).score,
}

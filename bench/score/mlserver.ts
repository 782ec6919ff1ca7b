import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { operatingError } from '@millrace/core'
import { pythonVersion, pythonWith } from '../../scripts/interop/python-venv.ts'
import { type LoadTarget, PEER_PORT } from './load-target.ts'
import { FEATURES, MODEL_NAME } from './model-file.ts'
import { ServingProcess } from './serving-process.ts'

const VERSION = '1.7.1'
/** MLServer 1.7.1 does not start with uvloop 0.22. */
const PACKAGES = [`mlserver==${VERSION}`, 'uvloop<0.22', 'onnxruntime==1.31.1', 'numpy']

export const MLSERVER_VERSION = VERSION
/** In the server's own process: worker processes cost a hop between processes, which a model this small does not pay back. */
export const MLSERVER_SETTINGS = {
  debug: false,
  host: '127.0.0.1',
  http_port: PEER_PORT,
  grpc_port: PEER_PORT + 1,
  metrics_port: PEER_PORT + 2,
  parallel_workers: 0,
}

/** Starts MLServer with one ONNX file, in a folder that it may write to. */
export async function startMlserver(folder: string, file: string): Promise<ServingProcess> {
  const version = pythonVersion()
  if (version === undefined)
    throw operatingError('bench/no-python', 'python3 is not installed; MLServer needs it.', { do: 'Install Python 3.' })
  const python = pythonWith(version, { name: 'mlserver', packages: PACKAGES })
  mkdirSync(join(folder, MODEL_NAME), { recursive: true })
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(MLSERVER_SETTINGS))
  const model = { name: MODEL_NAME, implementation: 'ort_runtime.OrtRuntime', parameters: { uri: file } }
  writeFileSync(join(folder, MODEL_NAME, 'model-settings.json'), JSON.stringify(model))
  return ServingProcess.start({
    name: 'MLServer',
    command: join(dirname(python), 'mlserver'),
    args: ['start', '.'],
    cwd: folder,
    env: { PYTHONPATH: import.meta.dirname },
    readyUrl: `http://127.0.0.1:${PEER_PORT}/v2/models/${MODEL_NAME}/ready`,
  })
}

/** Its API: the Open Inference Protocol, version 2. */
export const MLSERVER_TARGET: LoadTarget = {
  port: PEER_PORT,
  path: `/v2/models/${MODEL_NAME}/infer`,
  body: (row) => JSON.stringify({ inputs: [{ name: 'features', shape: [1, FEATURES.length], datatype: 'FP32', data: row }] }),
  scoreOf: (answer) => (answer as { outputs: { data: number[] }[] }).outputs[0].data[0],
}

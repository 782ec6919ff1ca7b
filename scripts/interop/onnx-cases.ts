import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { operatingError } from '@millrace/core'
import { openScorer } from '@millrace/ml'
import type { CaseReport } from './case-report.ts'
import { pythonWith } from './python-venv.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** skl2onnx 1.20 hands booleans to protobuf, which refuses them from its version 6 on. */
const PACKAGES = ['scikit-learn==1.9.1', 'skl2onnx==1.20.0', 'onnx==1.19.1', 'protobuf<6']
const RUN_MS_MAX = 5 * 60_000
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024
const TOLERANCE = 1e-5
const REFUSED = 'with_zipmap'

interface PythonModels {
  readonly versions: Readonly<Record<string, string>>
  readonly features: number
  readonly models: Readonly<Record<string, { readonly rows: readonly (readonly (number | null)[])[]; readonly scores: readonly number[] }>>
}

/** Models that scikit-learn trained and skl2onnx wrote are registered by the command, and score as in Python. */
export async function checkOnnx(version: string, report: CaseReport): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-interop-onnx-'))
  try {
    const made = makeModels(pythonWith(version, { name: 'onnx', packages: PACKAGES }), folder)
    writeProject(folder, made.features)
    mkdirSync(join(folder, 'state'))
    millrace(folder, ['start'])
    const names = Array.from({ length: made.features }, (_, i) => `num${i}`)
    for (const [name, { rows, scores }] of Object.entries(made.models)) {
      if (name === REFUSED) continue
      await report.run(`scikit-learn ${made.versions['scikit-learn']} ${name} registers and scores as in Python`, async () => {
        const { status, stdout, stderr } = register(folder, name)
        if (status !== 0) throw failed(`it is not registered: ${stdout}${stderr}`)
        const registered = JSON.parse(stdout) as { readonly artifact_sha256: string }
        const bytes = readFileSync(join(folder, 'state', 'artifacts', registered.artifact_sha256))
        const scorer = await openScorer(bytes, { features: names })
        const found = await scorer.score(
          Float32Array.from(rows.flat(), (value) => value ?? Number.NaN),
          rows.length,
        )
        await scorer.close()
        compare(found, scores)
      })
    }
    await report.run('a model with maps of probabilities is refused with the option that helps', async () => {
      const { status, stdout } = register(folder, REFUSED)
      const { error } = JSON.parse(stdout) as { readonly error?: { readonly code: string; readonly do: string } }
      if (status !== 1 || error?.code !== 'model/signature-differs' || !error.do.includes('zipmap: False'))
        throw failed(`it ended with ${status}: ${stdout}`)
    })
  } finally {
    millrace(folder, ['stop'])
    rmSync(folder, { recursive: true, force: true })
  }
}

function compare(found: Float64Array, expected: readonly number[]): void {
  const worst = expected.reduce((most, score, row) => Math.max(most, Math.abs(score - found[row])), 0)
  if (found.length !== expected.length || !(worst <= TOLERANCE)) throw failed(`scores differ by up to ${worst}`)
}

function makeModels(python: string, folder: string): PythonModels {
  const { status, stdout, stderr, error } = spawnSync(python, [join(import.meta.dirname, 'onnx_models.py')], {
    input: JSON.stringify({ folder }),
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
  })
  if (status === 0) return JSON.parse(stdout) as PythonModels
  throw failed(`the Python program that makes models ended with ${status}: ${error?.message ?? ''}${stderr.slice(-2000)}`)
}

/** A project whose one model has as many features as the files. */
function writeProject(folder: string, features: number): void {
  const project = join(folder, 'project')
  mkdirSync(project)
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'))
  const numbers = Array.from({ length: features }, (_, i) => `num${i}`)
  const fields = numbers.map((name) => `${name}: t.double({ nullable: true })`).join(', ')
  const columns = numbers.map((name) => `${name}: max(r.${name})`).join(', ')
  writeFileSync(
    join(project, 'millrace.config.ts'),
    `import { defineProject } from 'millrace'\nexport default defineProject({ name: 'onnx' })\n`,
  )
  writeFileSync(
    join(project, 'judged.ts'),
    `import { byTime, contract, features, gradientBoostedTrees, gt, intervals, logFiles, max, model, stream, t, tumbling } from 'millrace'

const Log = contract('log', { eventTime: 'ts1', key: 'txt1', fields: { ts1: t.timestamp(), txt1: t.string(), ${fields} } })
export const events = stream('events', { contract: Log, from: logFiles('*.jsonl', { format: 'json-lines' }), watermark: { delay: '1s' }, late: 'keep' })
export const view = features('view', events, { entity: 'txt1', window: tumbling('1m'), columns: (r) => ({ ${columns} }) })
export const judged = model('judged', { on: view, label: intervals({ column: 'txt1', field: 'keys' }), train: gradientBoostedTrees(),
  split: byTime({ train: 0.7, validate: 0.15, test: 0.15 }), threshold: { falseRate: 0.01 }, gates: [], serve: { fallback: (v) => gt(v.num0, 1) } })
`,
  )
}

function register(folder: string, name: string) {
  return millrace(folder, ['models', 'register', join(folder, `${name}.onnx`), '--model', 'judged', '--threshold', '0.5'])
}

function millrace(folder: string, args: readonly string[]) {
  const command = [
    join(ROOT, 'packages/cli/bin/millrace.js'),
    ...args,
    '--project',
    join(folder, 'project'),
    '--state',
    join(folder, 'state'),
    '--json',
  ]
  return spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX })
}

function failed(message: string): Error {
  return operatingError('interop/onnx-differs', message)
}

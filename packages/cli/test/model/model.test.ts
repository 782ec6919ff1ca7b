import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelProject } from './model-project.ts'

interface VersionDocument {
  readonly name: string
  readonly version: number
  readonly status: string
  readonly artifact_sha256: string
  readonly test: { readonly roc_auc: number; readonly rows: number; readonly positives: number }
  readonly gates: readonly { readonly name: string; readonly passed: boolean; readonly evidence: string }[]
  readonly training_set: { readonly digest: string; readonly snapshots: object } | null
  readonly deployed: { readonly version: number } | null
}

interface ErrorDocument {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly at?: { readonly line: number }
    readonly models?: readonly object[]
  }
}

const { bench, log, labels, lines } = modelProject()
const state = bench.state

async function ask<T>(...args: readonly string[]): Promise<T & { readonly exit: number }> {
  const { status, stdout, stderr } = await bench.run([...args, '--json'])
  if (stdout === '') throw new TypeError(`${args.join(' ')} printed nothing: ${stderr}`)
  return { ...(JSON.parse(stdout) as T), exit: status }
}

describe('the life of a model', () => {
  beforeAll(async () => {
    const run = await ask<object>('run', '--input', log)
    expect(run.exit, JSON.stringify(run)).toBe(0)
  }, 120_000)
  afterAll(() => bench.close())

  it('begins with a training that judges, registers and deploys each model', async () => {
    const { models } = await ask<{ readonly models: readonly VersionDocument[] }>('train', '--labels', labels, '--deploy')
    expect(models.map(({ name, version, status, deployed }) => [name, version, status, deployed?.version])).toEqual([
      ['flooded_sections', 1, 'deployable', 1],
      ['floods', 1, 'deployable', 1],
    ])
    const floods = models[1]
    expect(floods.test.roc_auc).toBeGreaterThan(0.95)
    expect(floods.gates.map(({ name, passed }) => [name, passed])).toEqual([
      ['roc_auc', true],
      ['roc_auc_against_deployed', true],
      ['psi', true],
    ])
    expect(Object.keys(models[0].training_set?.snapshots ?? {}).sort()).toEqual(['requests', 'sections'])
  }, 60_000)

  it('rebuilds a training set bit for bit after more was appended', async () => {
    appendFileSync(log, lines(18, 2))
    await ask('run', '--input', log)
    for (const model of ['floods@1', 'flooded_sections@1']) {
      const rebuilt = await ask<{ readonly same: boolean; readonly recorded: string; readonly rebuilt: string }>(
        'models',
        model,
        '--rebuild',
      )
      expect(rebuilt).toMatchObject({ same: true, exit: 0 })
    }
  }, 120_000)

  it('makes the same set of the records as of the served table when nothing was late', async () => {
    const digest = async (mode: string): Promise<string | undefined> => {
      const { models } = await ask<{ readonly models: readonly VersionDocument[] }>(
        'train',
        '--model',
        'floods',
        '--labels',
        labels,
        '--mode',
        mode,
      )
      return models[0].training_set?.digest
    }
    expect(await digest('exact')).toBe(await digest('as_served'))
  }, 60_000)

  it('refuses to deploy a file that was judged by nothing, in one sentence', async () => {
    const { models } = await ask<{ readonly models: readonly { readonly name: string; readonly versions: readonly VersionDocument[] }[] }>(
      'models',
      'floods',
    )
    const artifact = join(state, 'artifacts', models[0].versions[0].artifact_sha256)
    const registered = await ask<VersionDocument>('models', 'register', artifact, '--model', 'floods', '--threshold', '0.4')
    expect(registered).toMatchObject({ version: 4, status: 'refused', threshold: 0.4, source: 'registered' })
    const refused = await ask<ErrorDocument>('deploy', 'floods')
    expect(refused.exit).toBe(1)
    expect(refused.error.code).toBe('model/gate-failed')
    expect(refused.error.message).toMatch(
      /^Version 4 of `floods` is not deployed: roc_auc cannot be judged: there are no labelled rows; [^.]+\.$/,
    )
    const judged = await ask<VersionDocument>('models', 'register', artifact, '--model', 'floods', '--labels', labels)
    expect(judged).toMatchObject({ version: 5, status: 'deployable' })
  }, 60_000)

  it('goes back to the version before, and says when there is none', async () => {
    expect(await ask('deploy', 'floods@3')).toMatchObject({ version: 3, reason: 'deploy', env: 'dev' })
    expect(await ask('deploy', 'floods')).toMatchObject({ version: 5 })
    expect(await ask('rollback', 'floods')).toMatchObject({ version: 3, reason: 'rollback' })
    expect(await ask('rollback', 'floods')).toMatchObject({ version: 1 })
    expect(await ask('rollback', 'floods')).toMatchObject({ exit: 1, error: { code: 'model/nothing-to-roll-back' } })
    const { models } = await ask<{ readonly models: readonly { readonly deployed: object; readonly history: readonly object[] }[] }>(
      'models',
      'floods',
    )
    expect(models[0].deployed).toMatchObject({ version: 1, reason: 'rollback' })
    expect(models[0].history).toHaveLength(5)
  }, 60_000)

  it('refuses files that are no model of these features', async () => {
    const junk = join(bench.folder, 'junk.onnx')
    writeFileSync(junk, 'no model')
    expect(await ask('models', 'register', junk, '--model', 'floods')).toMatchObject({ exit: 1, error: { code: 'model/not-onnx' } })
    const { models } = await ask<{ readonly models: readonly { readonly versions: readonly VersionDocument[] }[] }>(
      'models',
      'flooded_sections',
    )
    const other = join(state, 'artifacts', models[0].versions[0].artifact_sha256)
    writeFileSync(join(bench.project, 'narrow.ts'), NARROW)
    expect(await ask('models', 'register', other, '--model', 'narrow')).toMatchObject({
      exit: 1,
      error: { code: 'model/signature-differs' },
    })
  }, 60_000)

  it('learns from labelled moments, each with the latest row before it that is young enough, and builds that set again', async () => {
    writeFileSync(join(bench.project, 'moments.ts'), MOMENTS)
    const begin = Date.UTC(2026, 0, 5)
    const told = readFileSync(labels, 'utf8').trim().split('\n')
    const floods = told.map((line) => JSON.parse(line) as { addresses: [string]; from: string; to: string })
    const floodLabels = floods.map(({ addresses: [ip], to }) => ({ ip, at: to, label: true }))
    const quiet = Array.from({ length: 400 }, (_, i) => ({ ip: `10.1.0.${i % 120}`, at: begin + i * 160_000, label: false }))
    const path = join(bench.folder, 'moments.jsonl')
    writeFileSync(path, [...floodLabels, ...quiet].map((one) => `${JSON.stringify(one)}\n`).join(''))
    const { models } = await ask<{ readonly models: readonly VersionDocument[] }>('train', '--model', 'flooding', '--labels', path)
    const set = models[0].training_set as unknown as { labels: number; left_out: number; max_age_ms: number; known_time: boolean }
    expect(set).toMatchObject({ labels: floods.length + 400, max_age_ms: 600_000, known_time: true })
    expect(set.left_out).toBeGreaterThan(50)
    expect(set.left_out).toBeLessThan(400)
    expect(models[0].test.roc_auc).toBeGreaterThan(0.9)
    writeFileSync(join(bench.project, 'moments.ts'), MOMENTS.replace("'10m'", "{ ip_activity: '1h' }, knownTime: false"))
    expect(await ask('models', 'flooding@1', '--rebuild')).toMatchObject({ same: true, exit: 0 })
    const other = await ask<{ readonly models: readonly VersionDocument[] }>('train', '--model', 'flooding', '--labels', path)
    expect(other.models[0].training_set).toMatchObject({ max_age_ms: 3_600_000, known_time: false })
    expect(await ask('models', 'flooding@2', '--rebuild')).toMatchObject({ same: true, exit: 0 })
    rmSync(join(bench.project, 'moments.ts'))
  }, 120_000)

  it('says what is wrong with labels: none given, a bad line, nothing that matches', async () => {
    const bad = join(bench.folder, 'bad.jsonl')
    writeFileSync(bad, '{"id":"a","addresses":["10.1.0.1"],"from":1,"to":2}\n{"id":\n')
    expect(await ask('train')).toMatchObject({ exit: 1, error: { code: 'model/no-labels' } })
    const refused = await ask<ErrorDocument>('train', '--model', 'floods', '--labels', bad)
    expect(refused.error).toMatchObject({ code: 'model/bad-label', at: { line: 2 } })
    writeFileSync(bad, '{"id":"a","addresses":["10.1.0.1"],"from":1,"to":2}\n')
    expect(await ask('train', '--model', 'floods', '--labels', bad)).toMatchObject({
      exit: 1,
      error: { code: 'model/labels-match-nothing' },
    })
    expect(await ask('train', '--model', 'flod', '--labels', bad)).toMatchObject({ exit: 1, error: { code: 'model/unknown-model' } })
  }, 60_000)
})

const NARROW = `import { atLeast, byTime, gradientBoostedTrees, gt, intervals, model } from 'millrace'
import { ipActivity } from './traffic.ts'

export const narrow = model('narrow', {
  on: ipActivity,
  features: ['hits'],
  label: intervals({ column: 'ip', field: 'addresses' }),
  train: gradientBoostedTrees({ rounds: 25 }),
  split: byTime({ train: 0.6, validate: 0.2, test: 0.2 }),
  threshold: { falseRate: 0.002 },
  gates: [atLeast('roc_auc', 0.9)],
  serve: { fallback: (f) => gt(f.hits, 600) },
})
`

const MOMENTS = `import { atLeast, byTime, gradientBoostedTrees, gt, model, moments } from 'millrace'
import { ipActivity } from './traffic.ts'

export const flooding = model('flooding', {
  on: ipActivity,
  label: moments({ maxAge: '10m' }),
  train: gradientBoostedTrees({ rounds: 10, leafRowsMin: 3 }),
  split: byTime({ train: 0.6, validate: 0.2, test: 0.2 }),
  threshold: { falseRate: 0.01 },
  gates: [atLeast('roc_auc', 0.6)],
  serve: { fallback: (f) => gt(f.hits, 600) },
})
`

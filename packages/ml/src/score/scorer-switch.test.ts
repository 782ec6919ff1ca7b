import { batchFromRows, rowsOf } from '@millrace/columnar'
import { expect, test } from 'vitest'
import { numbersOf, randomModel } from '../../test/random-model.ts'
import { exportOnnx } from '../onnx/export-onnx.ts'
import type { Deployment, DeploymentSource } from './deployment.ts'
import { scorerThreads } from './open-scorer.ts'
import { ScoreStage } from './score-stage.ts'
import { ScorerSwitch } from './scorer-switch.ts'

/** A ledger in memory: what `deploy` put there last is deployed. */
class Ledger implements DeploymentSource {
  readonly files = new Map<string, Uint8Array>()
  deployed: Deployment | undefined
  looks = 0
  loads = 0

  async current(): Promise<Deployment | undefined> {
    this.looks++
    return this.deployed
  }

  async load(sha256: string): Promise<Uint8Array> {
    this.loads++
    const bytes = this.files.get(sha256)
    if (bytes === undefined) throw new RangeError(`no file ${sha256}`)
    return bytes
  }

  deploy(version: number, bytes: Uint8Array, features: readonly string[] = ['num0', 'num1']): void {
    this.files.set(`file ${version}`, bytes)
    this.deployed = { version, sha256: `file ${version}`, threshold: version / 10, features }
  }
}

function modelBytes(seed: number, features = 2): Uint8Array {
  return exportOnnx(randomModel({ trees: 3, leaves: 6, features }, numbersOf(seed)), { name: 'switched' })
}

test('a new version takes over between batches, under load, with every row decided by a model', async () => {
  const ledger = new Ledger()
  ledger.deploy(1, modelBytes(1))
  const opened = await ScorerSwitch.open({ model: 'one', deployments: ledger })
  const stage = new ScoreStage({ deployed: () => opened.current, fallback: () => expect.unreachable() })
  const fields = ['num0', 'num1'].map((name) => ({ name, type: 'double', nullable: false }))
  const batch = batchFromRows(
    fields,
    Array.from({ length: 50 }, (_, i) => [i / 10, -i / 10]),
  )
  const versions: unknown[] = []
  const score = async (): Promise<void> => {
    const seen = new Set(rowsOf(await stage.score(batch)).map((row) => row[6]))
    expect(seen.size).toBe(1)
    versions.push(...seen)
  }
  for (const version of [1, 2, 3, 2]) {
    ledger.deploy(version, modelBytes(version))
    const refreshed = opened.refresh()
    await Promise.all([
      refreshed,
      (async () => {
        for (let i = 0; i < 20; i++) await score()
      })(),
    ])
    await score()
    expect(versions.at(-1)).toBe(version)
  }
  expect(stage.counters).toMatchObject({ rowsByFallback: 0, failures: 0, rowsByModel: versions.length * 50 })
  await opened.close()
})

test('what is deployed is looked up at most every half second, however often it is used', async () => {
  const ledger = new Ledger()
  ledger.deploy(1, modelBytes(1))
  const opened = await ScorerSwitch.open({ model: 'one', deployments: ledger })
  const end = performance.now() + 700
  while (performance.now() < end) {
    expect(opened.current?.version).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(ledger.looks).toBe(2)
  expect(ledger.loads).toBe(1)
  await opened.close()
})

test('a version that cannot be opened leaves the one before in place, and is not tried again at once', async () => {
  const ledger = new Ledger()
  const failures: unknown[] = []
  ledger.deploy(1, modelBytes(1))
  const opened = await ScorerSwitch.open({ model: 'one', deployments: ledger, onFailure: (error) => failures.push(error) })
  ledger.deploy(2, Buffer.from('not ONNX'))
  await opened.refresh()
  await opened.refresh()
  expect([opened.current?.version, failures.length, ledger.loads]).toEqual([1, 1, 2])
  ledger.deploy(3, modelBytes(3, 5))
  await opened.refresh()
  expect([opened.current?.version, failures.length]).toEqual([1, 2])
  ledger.deploy(4, modelBytes(4))
  await opened.refresh()
  expect(opened.current).toMatchObject({ version: 4, threshold: 0.4 })
  await opened.close()
})

test('a ledger that cannot be read leaves the deployed version in place', async () => {
  const ledger = new Ledger()
  ledger.deploy(1, modelBytes(1))
  const opened = await ScorerSwitch.open({ model: 'one', deployments: ledger })
  ledger.current = () => Promise.reject(new RangeError('the database is away'))
  await opened.refresh()
  expect([opened.current?.version, opened.failures]).toEqual([1, 1])
  await opened.close()
})

test('features are those of the version, not those of the one before', async () => {
  const ledger = new Ledger()
  ledger.deploy(1, modelBytes(1))
  const opened = await ScorerSwitch.open({ model: 'one', deployments: ledger })
  ledger.deploy(2, modelBytes(2, 3), ['num2', 'num0', 'num1'])
  await opened.refresh()
  expect(opened.current?.scorer.features).toEqual(['num2', 'num0', 'num1'])
  await opened.close()
})

test('models that were replaced or withdrawn are closed', async () => {
  const before = scorerThreads()
  const ledger = new Ledger()
  ledger.deploy(1, modelBytes(1))
  const opened = await ScorerSwitch.open({ model: 'one', deployments: ledger })
  for (let version = 2; version < 6; version++) {
    ledger.deploy(version, modelBytes(version))
    await opened.refresh()
  }
  expect(scorerThreads() - before).toBe(1)
  ledger.deployed = undefined
  await opened.refresh()
  expect(opened.current).toBeUndefined()
  await opened.close()
  expect(scorerThreads()).toBe(before)
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanUp, freshFolder } from '../test/harness.ts'
import {
  addModelVersion,
  deploy,
  deployedVersion,
  deployedVersions,
  deploymentHistory,
  type GateRecord,
  listModelVersions,
  modelVersion,
  type NewModelVersion,
  openStore,
  rollback,
  type Store,
} from './index.ts'

let store: Store

beforeAll(async () => {
  store = await openStore({ stateDir: freshFolder() })
})

afterAll(async () => {
  await store.close()
  await cleanUp()
})

function newVersion(model: string, change: Partial<NewModelVersion> = {}): NewModelVersion {
  return {
    project: 'weblogs',
    model,
    source: 'trained',
    artifactSha256: 'ab'.repeat(32),
    features: ['hits', 'errors'],
    threshold: 0.875,
    planHash: 'sha256:1',
    profile: { hits: { quantiles: [1, 2.5, 9_007_199_254_740_993n] } },
    figures: { roc_auc: 0.99, rows: 12 },
    gates: [],
    trainingSet: { labels_sha256: 'cd', snapshots: { view: 9_223_372_036_854_775_807n } },
    ...change,
  }
}

const failed: GateRecord = {
  name: 'roc_auc',
  value: 0.91,
  limit: 0.97,
  passed: false,
  evidence: 'roc_auc is 0.91; at least 0.97 is declared',
}

async function deployed(model: string, versions: readonly number[]) {
  const place = { env: 'dev', project: 'weblogs', model }
  for (const version of versions) await deploy(store.db, { ...place, version, by: 'ann' })
  return place
}

describe('versions of models', () => {
  it('are numbered from 1 by model and keep every digit of what was recorded', async () => {
    const first = await addModelVersion(store.db, newVersion('kept'))
    expect(first).toMatchObject({ ...newVersion('kept'), version: 1, status: 'deployable' })
    const second = await addModelVersion(store.db, newVersion('kept', { source: 'registered', trainingSet: null, planHash: null }))
    await addModelVersion(store.db, newVersion('other'))
    expect(await listModelVersions(store.db, { project: 'weblogs', model: 'kept' })).toEqual([first, second])
    expect(await modelVersion(store.db, { project: 'weblogs', model: 'kept' })).toEqual(second)
    expect(await modelVersion(store.db, { project: 'weblogs', model: 'kept', version: 1 })).toEqual(first)
    expect(await listModelVersions(store.db, { project: 'elsewhere' })).toEqual([])
  })

  it('get distinct numbers when twenty are registered at the same moment', async () => {
    const added = await Promise.all(Array.from({ length: 20 }, () => addModelVersion(store.db, newVersion('at_once'))))
    expect(added.map((one) => one.version).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('say which there are when another is asked for', async () => {
    await addModelVersion(store.db, newVersion('single'))
    const unknown = modelVersion(store.db, { project: 'weblogs', model: 'single', version: 7 })
    await expect(unknown).rejects.toMatchObject({
      code: 'model/unknown-version',
      message: 'Model `single` has no version 7; it has 1 to 1.',
    })
    await expect(modelVersion(store.db, { project: 'weblogs', model: 'none' })).rejects.toMatchObject({ code: 'model/no-version' })
  })
})

describe('deployments', () => {
  it('point to what was deployed last, by environment', async () => {
    for (const _ of [1, 2]) await addModelVersion(store.db, newVersion('pointed'))
    const place = await deployed('pointed', [1, 2])
    expect((await deployedVersion(store.db, place))?.version.version).toBe(2)
    expect((await deployedVersion(store.db, place))?.deployment).toMatchObject({ by: 'ann', reason: 'deploy', version: 2 })
    expect(await deployedVersion(store.db, { ...place, env: 'prod' })).toBeUndefined()
    await addModelVersion(store.db, newVersion('pointed_too'))
    await deployed('pointed_too', [1])
    const all = await deployedVersions(store.db, { env: 'dev', project: 'weblogs' })
    expect(all.filter(({ version }) => version.model.startsWith('pointed')).map(({ version }) => [version.model, version.version])).toEqual(
      [
        ['pointed', 2],
        ['pointed_too', 1],
      ],
    )
  })

  it('refuse a version whose gate failed, in one sentence with its values', async () => {
    const { version } = await addModelVersion(store.db, newVersion('gated', { gates: [failed] }))
    const place = { env: 'dev', project: 'weblogs', model: 'gated' }
    await expect(deploy(store.db, { ...place, version, by: 'ann' })).rejects.toMatchObject({
      code: 'model/gate-failed',
      exitStatus: 1,
      message: 'Version 1 of `gated` is not deployed: roc_auc is 0.91; at least 0.97 is declared.',
    })
    expect(await deploymentHistory(store.db, place)).toEqual([])
    expect((await modelVersion(store.db, place)).status).toBe('refused')
  })

  it('leave the ledger alone when the version is deployed already', async () => {
    await addModelVersion(store.db, newVersion('again'))
    const place = await deployed('again', [1, 1])
    expect(await deploymentHistory(store.db, place)).toHaveLength(1)
  })

  it('go back one version at a rollback, and one more at the next', async () => {
    for (const _ of [1, 2, 3, 4]) await addModelVersion(store.db, newVersion('back'))
    const place = await deployed('back', [1, 2, 3])
    expect(await rollback(store.db, { ...place, by: 'bob' })).toMatchObject({ version: 2, reason: 'rollback', by: 'bob' })
    await deploy(store.db, { ...place, version: 4, by: 'ann' })
    expect((await rollback(store.db, { ...place, by: 'bob' })).version).toBe(2)
    expect((await rollback(store.db, { ...place, by: 'bob' })).version).toBe(1)
    await expect(rollback(store.db, { ...place, by: 'bob' })).rejects.toMatchObject({
      code: 'model/nothing-to-roll-back',
      message: 'Version 1 of `back` is the first that was deployed in `dev`; there is none before it.',
    })
    const history = await deploymentHistory(store.db, place)
    expect(history.map(({ version, reason }) => `${reason} ${version}`)).toEqual([
      'deploy 1',
      'deploy 2',
      'deploy 3',
      'rollback 2',
      'deploy 4',
      'rollback 2',
      'rollback 1',
    ])
    expect((await deployedVersion(store.db, place))?.version.version).toBe(1)
  })

  it('have nothing to go back to where nothing was deployed', async () => {
    const place = { env: 'dev', project: 'weblogs', model: 'never' }
    await expect(rollback(store.db, { ...place, by: 'bob' })).rejects.toMatchObject({
      message: 'No version of `never` is deployed in `dev`.',
    })
  })

  it('take each rollback of several at the same moment one version further', async () => {
    for (const _ of [1, 2, 3, 4]) await addModelVersion(store.db, newVersion('raced'))
    const place = await deployed('raced', [1, 2, 3, 4])
    const back = await Promise.all([1, 2, 3].map(() => rollback(store.db, { ...place, by: 'bob' })))
    expect(back.map(({ version }) => version).sort()).toEqual([1, 2, 3])
  })
})

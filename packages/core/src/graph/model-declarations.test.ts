import { describe, expect, it } from 'vitest'
import { compileAsset } from '../compile/index.ts'
import { contract, t } from '../contract/index.ts'
import { MillraceError } from '../error/index.ts'
import { count, countDistinct, div, eq, gt, mul, split } from '../expr/index.ts'
import {
  alert,
  atLeast,
  byTime,
  env,
  features,
  gradientBoostedTrees,
  hopping,
  intervals,
  joined,
  logFiles,
  model,
  Project,
  stable,
  stream,
  tumbling,
  webhook,
} from './index.ts'

const Log = contract('log', {
  eventTime: 'ts1',
  key: 'txt1',
  fields: { ts1: t.timestamp(), txt1: t.string(), txt2: t.string({ nullable: true }), num1: t.int32() },
})
const from = logFiles('*.log', { format: 'combined' })
const events = stream('events', { contract: Log, from, watermark: { delay: '30s' }, late: 'keep' })
const now = features('now', events, {
  entity: 'txt1',
  window: hopping('5m', { every: '1m' }),
  columns: (r) => ({ hits: count(), odd: count({ where: gt(r.num1, 5) }) }),
  derive: (v) => ({ odd_ratio: div(v.odd, v.hits) }),
})
const hour = features('hour', events, {
  entity: 'txt1',
  window: hopping('1h', { every: '1m' }),
  columns: () => ({ hits: count() }),
  table: false,
})
const total = features('total', events, {
  entity: [],
  exchange: {},
  window: hopping('5m', { every: '1m' }),
  columns: () => ({ hits: count() }),
  table: false,
})
const parts = features('parts', events, {
  entity: (r) => ({ part: split(r.txt2, '/', 2) }),
  exchange: { partitions: 2 },
  window: tumbling('1m'),
  columns: (r) => ({ kinds: countDistinct(r.txt1, { max: 100 }) }),
})
const signals = joined('signals', now, {
  with: { hour, total },
  columns: (v, others) => ({
    pace: div(mul(v.hits, 12), others.hour.hits),
    share: div(v.hits, others.total.hits),
  }),
})
const odd = model('odd', {
  on: signals,
  label: intervals({ column: 'txt1', field: 'keys' }),
  train: gradientBoostedTrees({ rounds: 10 }),
  split: byTime({ train: 0.6, validate: 0.2, test: 0.2 }),
  threshold: { falseRate: 0.001 },
  gates: [atLeast('roc_auc', 0.9), stable('psi', 0.2)],
  serve: { fallback: (f) => gt(f.hits, 600) },
})

function failure(run: () => unknown): MillraceError {
  try {
    run()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  return expect.fail('nothing was refused')
}

describe('feature views', () => {
  it('carry through an exchange only what their window reads', () => {
    const { nodes } = compileAsset(parts).plan
    expect(nodes.map((node) => node.kind)).toEqual(['scan', 'project', 'exchange', 'window-aggregate'])
    expect(nodes[1]).toMatchObject({ columns: [{ name: 'part' }, { name: 'ts1' }, { name: 'txt1' }] })
    expect(nodes[2]).toMatchObject({ keys: ['part'], partitions: 2 })
  })

  it('need an exchange where the stream has another key', () => {
    const asset = features('apart', events, {
      entity: (r) => ({ part: split(r.txt2, '/', 2) }),
      window: tumbling('1m'),
      columns: () => ({ hits: count() }),
    })
    expect(failure(() => compileAsset(asset)).code).toBe('plan/needs-exchange')
  })

  it('add derived columns after the window', () => {
    expect(compileAsset(now).output.fields.map((field) => field.name)).toEqual([
      'window_start',
      'window_end',
      'txt1',
      'hits',
      'odd',
      'odd_ratio',
    ])
  })

  it('know their columns in what is derived, and refuse others', () => {
    const wrong = () =>
      features('wrong', events, {
        entity: 'txt1',
        window: tumbling('1m'),
        columns: () => ({ hits: count() }),
        // @ts-expect-error the column is called hits
        derive: (v) => ({ twice: mul(v.hit, 2) }),
      })
    expect(failure(wrong).code).toBe('project/unknown-column')
  })
})

describe('joined views', () => {
  it('share the nodes of the views they join, and join by entity and window end', () => {
    const { nodes, output } = compileAsset(signals).plan
    expect(nodes.filter((node) => node.kind === 'scan')).toHaveLength(1)
    expect(nodes.filter((node) => node.kind === 'join')).toMatchObject([
      { how: 'left', on: [['txt1', 'hour__txt1']], lower_ms: 0, upper_ms: 0 },
      { how: 'left', on: [], lower_ms: 0, upper_ms: 0 },
    ])
    expect(nodes.find((node) => node.id === output)?.kind).toBe('project')
    expect(compileAsset(signals).output.fields.map((field) => field.name)).toEqual([
      'window_start',
      'window_end',
      'txt1',
      'hits',
      'odd',
      'odd_ratio',
      'pace',
      'share',
    ])
  })

  it('refuse a view of another entity', () => {
    const wrong = failure(() => joined('wrong', now, { with: { parts }, columns: (v) => ({ twice: mul(v.hits, 2) }) }))
    expect(wrong.code).toBe('project/other-entity')
  })

  it('refuse a column that the base has already', () => {
    const wrong = failure(() => joined('wrong', now, { with: { hour }, columns: (v) => ({ hits: v.odd }) }))
    expect(wrong.code).toBe('project/duplicate-column')
  })

  it('know the columns of every view', () => {
    const wrong = () =>
      // @ts-expect-error the hour has no such column
      joined('wrong', now, { with: { hour }, columns: (_v, others) => ({ x: others.hour.odd }) })
    expect(failure(wrong).code).toBe('project/unknown-column')
  })
})

describe('models', () => {
  it('see the numbers of their view and add what they give', () => {
    expect(odd.features).toEqual(['hits', 'odd', 'odd_ratio', 'pace', 'share'])
    expect(
      compileAsset(odd)
        .output.fields.slice(-5)
        .map((field) => field.name),
    ).toEqual(['score', 'threshold', 'decision', 'decided_by', 'model_version'])
  })

  it('give their columns to alerts', () => {
    const told = alert('told', { on: odd, when: (s) => s.decision, cooldown: '10m', runbook: 'odd.md', notify: [webhook(env('URL'))] })
    expect(told.evidence).toEqual(['hits', 'odd', 'odd_ratio', 'pace', 'share'])
    expect(compileAsset(told).plan.nodes.at(-1)).toMatchObject({ kind: 'filter', where: { col: 'decision' } })
  })

  it('refuse a feature that is no number', () => {
    const wrong = failure(() =>
      model('wrong', {
        on: now,
        features: ['txt1'],
        label: intervals({ column: 'txt1', field: 'keys' }),
        train: gradientBoostedTrees(),
        split: byTime({ train: 0.6, validate: 0.2, test: 0.2 }),
        threshold: { falseRate: 0.001 },
        gates: [],
        serve: { fallback: (f) => eq(f.hits, 0) },
      }),
    )
    expect(wrong.code).toBe('project/not-a-feature')
  })

  it('refuse shares of time that do not add up', () => {
    expect(failure(() => byTime({ train: 0.6, validate: 0.2, test: 0.3 })).code).toBe('project/bad-split')
  })
})

describe('Project', () => {
  it('lists the views that have a table, and the models', () => {
    const project = new Project('p', [odd, signals, now, hour, total, events, parts])
    expect(project.features.map((view) => view.name)).toEqual(['now', 'parts', 'signals'])
    expect(project.models).toEqual([odd])
  })

  it('refuses a joined view whose parts no file exports', () => {
    expect(failure(() => new Project('p', [events, now, hour, signals])).facts.asked).toBe('total')
  })
})

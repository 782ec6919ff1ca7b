import { checkPlan } from '@millrace/core'
import { expect, it } from 'vitest'
import { liveStatements } from './live-job.ts'

const SOURCE = {
  name: 'requests',
  event_time: 'at_time',
  key: ['ip'],
  watermark_delay_ms: 30_000,
  late: 'keep' as const,
  fields: [
    { name: 'at_time', type: 'timestamp' },
    { name: 'ip', type: 'string' },
  ],
}

function jobOf(nodes: readonly object[], output: string, source: object = SOURCE) {
  const plan = checkPlan({
    millrace_plan: 1,
    sources: [source],
    nodes: [{ id: 'in', kind: 'scan', source: 'requests' }, ...nodes],
    output,
  } as never)
  const late = {
    topic: 'late',
    fields: [
      { name: '_arrival', type: 'int64' },
      { name: 'ip', type: 'string' },
      { name: '_late', type: 'string' },
    ],
  }
  return liveStatements({
    name: 'millrace shop scaled',
    sources: new Map([['requests', { source: plan.plan.sources[0], topic: 'in', partitions: 4 }]]),
    views: [{ name: 'hits', plan, topic: 'out', late: late as never }],
    brokers: ['one:9092', 'two:9092'],
  })
}

const HOP = {
  id: 'w',
  kind: 'window-aggregate',
  input: 'in',
  keys: ['ip'],
  window: { kind: 'hopping', size_ms: 300_000, every_ms: 60_000 },
  aggregates: [{ name: 'hits', fn: 'count' }],
}

it('reads stamped topics with their watermark and appends rows and late rows to topics', () => {
  const { definitions, job, jobName } = jobOf([HOP], 'w')
  expect(jobName).toMatch(/^millrace shop scaled [0-9a-f]{16}$/)
  expect(definitions[0]).toContain("WATERMARK FOR `at_time` AS `_watermark` - INTERVAL '0.002' SECOND")
  expect(definitions[0]).toContain("'scan.parallelism' = '4'")
  expect(definitions[0]).toContain("'properties.bootstrap.servers' = 'one:9092,two:9092'")
  expect(definitions.join('\n')).toContain(
    "HOP(TABLE `hits/w rows`, DESCRIPTOR(`_rowtime`), INTERVAL '0 00:01:00.000' DAY(3) TO SECOND(3), INTERVAL '0 00:05:00.000' DAY(3) TO SECOND(3))",
  )
  expect(definitions.join('\n')).toContain('CAST(TO_TIMESTAMP_LTZ(`_watermark_ms`, 3) AS TIMESTAMP(3)) AS `_closed_until`')
  expect(definitions.join('\n')).toContain('WHERE `window_end` > `_closed_until`')
  expect(job.match(/INSERT INTO/g)).toHaveLength(2)
})

it('is another job when anything of a plan is another', () => {
  const other = { ...HOP, window: { ...HOP.window, size_ms: 600_000 } }
  expect(jobOf([other], 'w').jobName).not.toBe(jobOf([HOP], 'w').jobName)
  expect(jobOf([HOP], 'w').jobName).toBe(jobOf([HOP], 'w').jobName)
})

it('writes what is corrected as changes, each task to one partition, and late rows as rows', () => {
  const latest = { id: 'now', kind: 'latest', input: 'in', keys: ['ip'] }
  const { definitions, job } = jobOf([latest], 'now')
  expect(definitions.at(-1)).toContain("'format' = 'debezium-json'")
  expect(definitions.at(-1)).toContain("'sink.partitioner' = 'fixed'")
  expect(job).toContain('COALESCE(`_time_ms`, 0)')
  expect(job.match(/INSERT INTO/g)).toHaveLength(1)
})

it('writes records that no window holds with their stamps', () => {
  const { definitions, job } = jobOf([{ id: 'some', kind: 'project', input: 'in', columns: [{ name: 'ip', expr: { col: 'ip' } }] }], 'some')
  for (const name of ['_arrival', '_split', '_offset', '_ingested_at', '_schema_version', '_producer', '_watermark']) {
    expect(definitions.at(-1)).toContain(`\`${name}\` `)
    expect(job).toContain(`\`${name}\``)
  }
  expect(definitions.at(-1)).toContain("'format' = 'json'")
})

it('keeps the rows of a join over more time than intervals hold', () => {
  const names = (prefix: string) => ['at_time', 'ip'].map((name) => ({ name: `${prefix}_${name}`, expr: { col: name } }))
  const join = {
    id: 'pairs',
    kind: 'join',
    left: 'l',
    right: 'r',
    on: [['l_ip', 'r_ip']],
    type: 'interval',
    lower_ms: -1e14,
    upper_ms: 1e14,
  }
  const sides = ['l', 'r'].map((id) => ({ id, kind: 'project', input: 'in', columns: names(id) }))
  expect(jobOf([...sides, join], 'pairs').definitions.join('\n')).toContain('`_time_ms` + (-100000000000000)')
  expect(() => jobOf([...sides, { ...join, how: 'left' }], 'pairs')).toThrow(/left join over more than 999 days/)
})

it('refuses an early result', () => {
  const early = { ...HOP, window: { ...HOP.window, early_ms: 60_000 } }
  expect(() => jobOf([early], 'w')).toThrow('an early result over a stream without end')
})

it('tells sessions by several keys apart by one text of them', () => {
  const session = { ...HOP, keys: ['ip', 'at_time'], window: { kind: 'session', gap_ms: 1000 } }
  const text = jobOf([session], 'w').definitions.join('\n')
  expect(text).toContain('PARTITION BY `_key`, DESCRIPTOR(`_rowtime`)')
  expect(text).toContain('MAX(`ip`) AS `ip`')
})

const MILLISECOND = "INTERVAL '0 00:00:00.001' DAY(3) TO SECOND(3)"

it('goes over the values of a window in a window of a millisecond of its own', () => {
  const spread = { name: 'spread', fn: 'variance', args: [{ cast: { col: 'ip' }, to: 'int64' }] }
  const { definitions, settings } = jobOf([{ ...HOP, aggregates: [spread] }], 'w')
  const text = definitions.join('\n')
  expect(text.match(/UNNEST\(`_g0_0`\)/g)).toHaveLength(2)
  expect(text).toContain(`TUMBLE(TABLE \`hits/w elements 0\`, DESCRIPTOR(\`_rowtime\`), ${MILLISECOND})`)
  expect(settings).toEqual({ 'table.optimizer.agg-phase-strategy': 'ONE_PHASE' })
})

const DEDUPE = { id: 'once', kind: 'dedupe', input: 'in', keys: ['ip'], horizon_ms: 60_000 }

it('counts, of the first rows of each time, those within the horizon of a dedupe', () => {
  const text = jobOf([DEDUPE], 'once').definitions.join('\n')
  expect(text).toContain(`TUMBLE(TABLE \`hits/once rows\`, DESCRIPTOR(\`_rowtime\`), ${MILLISECOND})`)
  expect(text).toContain("PARTITION BY `ip` ORDER BY `_rowtime` RANGE BETWEEN INTERVAL '0 00:01:00.000' DAY(3) TO SECOND(3) PRECEDING")
  expect(() => jobOf([{ ...DEDUPE, horizon_ms: 1e14 }], 'once')).toThrow('node dedupe over more than 999 days over a stream without end')
})

it.each([
  ['in a range of rows where it can be taken back', { name: 'n', fn: 'count' }, 0],
  ['over a list of values where it cannot', { name: 'mean', fn: 'avg', args: [{ cast: { col: 'ip' }, to: 'double' }] }, 1],
])('aggregates over time %s', (_, aggregate, lists) => {
  const text = jobOf([{ id: 'o', kind: 'over-aggregate', input: 'in', keys: ['ip'], range_ms: 60_000, aggregates: [aggregate] }], 'o')
  const joined = text.definitions.join('\n')
  expect(joined).toContain('PRECEDING AND CURRENT ROW')
  expect(joined.match(/LEFT JOIN UNNEST/g) ?? []).toHaveLength(lists)
})

const BUSY = { id: 'busy', kind: 'filter', input: 'w', where: { fn: 'gt', args: [{ col: 'hits' }, { lit: '1', type: 'int64' }] } }
const TOP = { id: 'top', kind: 'top-n', input: 'busy', per: ['window_start', 'window_end'], order_by: [['hits', 'desc']], n: 3 }

it.each([
  ['of windows', [HOP, BUSY]],
  ['behind a union', [HOP, { ...BUSY, id: 'few' }, { id: 'busy', kind: 'union', inputs: ['few', 'w'] }]],
])('ranks rows %s where they all end, so that rows come once', (_, nodes) => {
  const { definitions } = jobOf([...nodes, TOP], 'top')
  const text = definitions.join('\n')
  expect(text).toContain(`TUMBLE(TABLE \`hits/top rows\`, DESCRIPTOR(\`_rowtime\`), ${MILLISECOND})`)
  expect(text).toContain('PARTITION BY window_start, window_end, `_own_window_start`, `_own_window_end` ORDER BY')
  expect(definitions.at(-1)).toContain("'format' = 'json'")
})

it.each([
  [undefined, 'TABLE(TUMBLE(TABLE `hits/j right`'],
  [true, 'TABLE(HOP(TABLE `hits/j right`'],
])('joins the version of a key as of a time, strictly: %s', (strict, windows) => {
  const other = { id: 'r', kind: 'project', input: 'in', columns: [{ name: 'other', expr: { col: 'ip' } }] }
  const join = { id: 'j', kind: 'join', left: 'in', right: 'r', on: [['ip', 'other']], type: 'as-of', max_age_ms: 1000, strict }
  const text = jobOf([other, join], 'j').definitions.join('\n')
  expect(text).toContain(windows)
  expect(text).toContain('JOIN `hits/j versions` FOR SYSTEM_TIME AS OF `l`.`_rowtime` AS `r`')
  expect(text).toContain('WHERE `r`.`_since_ms` >= `l`.`_time_ms` - 1000')
})

it('keeps the time of rows apart from the column it is of, and from constants of an expression', () => {
  const constant = { fn: 'div', args: [0, 1].map((n) => ({ cast: { lit: `0.${'1'.repeat(60)}${n}`, type: 'double' }, to: 'int64' })) }
  const odd = {
    id: 'odd',
    kind: 'project',
    input: 'in',
    columns: [
      { name: 'ip', expr: { col: 'ip' } },
      { name: 'one', expr: { fn: 'abs', args: [constant] } },
    ],
  }
  const text = jobOf([odd, { ...HOP, input: 'odd' }], 'w').definitions.join('\n')
  expect(text).toContain('`at_time` AS `_rowtime`')
  expect(text).toContain('CAST(`at_time` AS TIMESTAMP_LTZ(3)) AS `at_time`')
  expect(text).not.toContain('UNNEST')
})

it('refuses to correct windows', () => {
  expect(() => jobOf([HOP], 'w', { ...SOURCE, late: { revise: '1h' } })).toThrow(/corrections \(`revise`\)/)
})

it('reads a stamped topic in Avro where it is written so, which makes another job', () => {
  const plan = checkPlan({
    millrace_plan: 1,
    sources: [SOURCE],
    nodes: [{ id: 'in', kind: 'scan', source: 'requests' }, HOP],
    output: 'w',
  } as never)
  const of = (format?: 'json' | 'avro') =>
    liveStatements({
      name: 'millrace shop scaled',
      sources: new Map([
        ['requests', { source: plan.plan.sources[0], topic: 'in', partitions: 4, ...(format === undefined ? {} : { format }) }],
      ]),
      views: [{ name: 'hits', plan, topic: 'out' }],
      brokers: ['one:9092'],
    })
  expect(of('avro').definitions[0]).toContain("'format' = 'avro',\n  'avro.timestamp_mapping.legacy' = 'false'")
  expect(of('avro').definitions.at(-1)).toContain("'format' = 'json'")
  expect(of('avro').hash).not.toBe(of().hash)
  expect(of('json')).toEqual(of())
})

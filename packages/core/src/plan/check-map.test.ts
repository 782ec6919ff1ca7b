import { describe, expect, it } from 'vitest'
import { everything, namesOf, output, project, refusal, union, window } from '../../test/plan-fixture.ts'
import { checkPlan } from './check-plan.ts'
import type { MapColumn, MapNode } from './node/map-node.ts'

const INT: MapColumn = { name: 'int2', type: 'int32' }

function map(
  id: string,
  input: string,
  parts: { readonly reads?: readonly string[]; readonly columns?: readonly MapColumn[] } = {},
): MapNode {
  return {
    id,
    kind: 'map',
    input,
    function: { name: 'f', hash: 'sha256:0' },
    reads: parts.reads ?? ['txt1'],
    columns: parts.columns ?? [INT],
  }
}

describe('a map', () => {
  it('puts new columns behind those that are there, and others in their place; all else stays', () => {
    const checked = output([map('m', 'events', { columns: [INT, { name: 'int1', type: 'string', nullable: true }] })])
    expect(namesOf(checked)).toEqual(['ts1', 'txt1', 'int1', 'big1', 'dbl1', 'boo1', 'int2'])
    expect(checked.fields[2]).toEqual({ name: 'int1', type: 'string', nullable: true })
    expect(checked).toMatchObject({ stamped: true, eventTime: 'ts1', partitionedBy: ['txt1'], upsert: false, immediate: true })
    expect(checked.source?.name).toBe('events')
  })

  it('takes away what a column stood for that it replaces: event time, place, window', () => {
    const key = output([map('m', 'events', { columns: [{ name: 'txt1', type: 'string' }] })])
    expect(key).toMatchObject({ partitionedBy: undefined, eventTime: 'ts1' })
    expect(output([map('m', 'events', { columns: [{ name: 'ts1', type: 'timestamp' }] })]).eventTime).toBeUndefined()
    const windows = [window('w', 'events', ['txt1']), map('m', 'w', { columns: [{ name: 'window_end', type: 'timestamp' }] })]
    expect(output(windows).window).toBeUndefined()
    expect(output([window('w', 'events', ['txt1']), map('m', 'w')]).window).toBeDefined()
  })

  it('is another plan with another function', () => {
    const hashOf = (hash: string): string => {
      const node = { ...map('m', 'events'), function: { name: 'f', hash } }
      const sources = [
        {
          name: 'events',
          event_time: 'ts1',
          watermark_delay_ms: 0,
          late: 'keep',
          fields: [
            { name: 'ts1', type: 'timestamp' },
            { name: 'txt1', type: 'string' },
          ],
        },
      ]
      return checkPlan({ millrace_plan: 1, sources, nodes: [{ id: 'events', kind: 'scan', source: 'events' }, node], output: 'm' }).plan
        .hash
    }
    expect(hashOf('sha256:1')).not.toBe(hashOf('sha256:2'))
    expect(hashOf('sha256:1')).toBe(hashOf('sha256:1'))
  })

  it('stands on unions, and others stand on it', () => {
    expect(output([union('u', ['events', 'others']), map('m', 'u'), window('w', 'm', ['txt1'])]).stamped).toBe(false)
  })

  const refused: readonly (readonly [string, string, readonly object[]])[] = [
    ['a column to read that is not there', 'plan/unknown-column', [map('m', 'events', { reads: ['txt2'] })]],
    ['a column that it reads twice', 'plan/clashing-names', [map('m', 'events', { reads: ['txt1', 'txt1'] })]],
    ['a column that it gives twice', 'plan/clashing-names', [map('m', 'events', { columns: [INT, INT] })]],
    ['a column of no type', 'plan/unknown-type', [map('m', 'events', { columns: [{ name: 'int2', type: 'int' }] })]],
    ['a column with the name of a system column', 'plan/system-name', [map('m', 'events', { columns: [{ name: '_x', type: 'int32' }] })]],
    ['rows that are corrected', 'plan/map-over-upsert', [everything('e', 'events', ['txt1']), map('m', 'e')]],
    ['no column', 'plan/shape', [map('m', 'events', { columns: [] })]],
    ['no function', 'plan/shape', [{ ...map('m', 'events'), function: undefined }]],
    [
      'a reader of a column that it replaced by another type',
      'plan/argument-type',
      [
        map('m', 'events', { columns: [{ name: 'big1', type: 'string' }] }),
        { id: 'f', kind: 'filter', input: 'm', where: { col: 'big1' } },
      ],
    ],
  ]
  it.each(refused)('refuses %s with %s', (_, code, nodes) => {
    expect(refusal(nodes).code).toBe(code)
  })

  it('lets a project take its columns', () => {
    expect(namesOf(output([map('m', 'events'), project('p', 'm', { a: 'int2' })]))).toEqual(['a'])
  })
})

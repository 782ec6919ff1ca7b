import { checkPlan } from '@millrace/core'
import { expect, it } from 'vitest'
import { outputDelayMs } from './output-delay.ts'

function delayOf(how: 'inner' | 'left', upper: number): number {
  const source = (name: string) => ({
    name,
    event_time: 'at_time',
    key: ['ip'],
    watermark_delay_ms: 0,
    late: 'keep',
    fields: [
      { name: 'at_time', type: 'timestamp' },
      { name: 'ip', type: 'string' },
    ],
  })
  const plan = checkPlan({
    millrace_plan: 1,
    sources: [source('one'), source('two')],
    nodes: [
      { id: 'l', kind: 'scan', source: 'one' },
      { id: 'r0', kind: 'scan', source: 'two' },
      {
        id: 'r',
        kind: 'project',
        input: 'r0',
        columns: [{ name: 'other', expr: { col: 'ip' } }],
      },
      { id: 'j', kind: 'join', left: 'l', right: 'r', on: [['ip', 'other']], how, type: 'interval', lower_ms: -1_000, upper_ms: upper },
    ],
    output: 'j',
  } as never)
  return outputDelayMs(plan.plan)
}

it('waits for partners that may still come', () => {
  expect([delayOf('left', 60_000), delayOf('left', -500), delayOf('inner', 60_000)]).toEqual([60_000, 0, 0])
})

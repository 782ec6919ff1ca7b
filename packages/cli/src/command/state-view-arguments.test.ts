import { expect, it } from 'vitest'
import { stateViewArguments } from './state-view-arguments.ts'

it('takes `--state` without a folder as the state view, for doctor alone', () => {
  expect(stateViewArguments(['doctor', '--state'])).toEqual(['doctor', '--state-view'])
  expect(stateViewArguments(['doctor', '--state', 'dir', '--state', '--json'])).toEqual([
    'doctor',
    '--state',
    'dir',
    '--state-view',
    '--json',
  ])
  expect(stateViewArguments(['doctor', '--state', 'dir'])).toEqual(['doctor', '--state', 'dir'])
  expect(stateViewArguments(['run', '--state'])).toEqual(['run', '--state'])
})

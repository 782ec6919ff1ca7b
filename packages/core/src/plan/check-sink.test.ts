import { expect, it } from 'vitest'
import { latest, output, refusal } from '../../test/plan-fixture.ts'

const sink = (input: string, changes: object = {}) => ({ id: 's', kind: 'sink', input, to: 'warehouse', ...changes })

it('a sink passes its input’s rows on as they are', () => {
  const { node: _, inputs, ...passed } = output([latest('c', 'events', ['txt1']), sink('c')])
  const { node: __, inputs: ___, ...given } = output([latest('c', 'events', ['txt1'])])
  expect(passed).toEqual(given)
  expect(inputs).toEqual(['c'])
})

it('a sink says where to', () => {
  expect(refusal([sink('events', { to: undefined })]).code).toBe('plan/shape')
  expect(refusal([sink('gone')]).code).toBe('plan/unknown-node')
})

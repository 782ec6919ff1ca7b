import { expect, it } from 'vitest'
import { OperatorTimes } from './operator-times.ts'

it('gives an operator its own time, and those that it hands rows to theirs', () => {
  let now = 100
  const times = new OperatorTimes(() => now)
  const works = (ms: number): void => {
    now += ms
  }
  times.during(1, () => {
    works(5)
    times.during(2, () => works(7))
    works(1)
    times.during(2, () => times.during(1, () => works(2)))
  })
  works(50)
  expect([1, 2, 3].map((ordinal) => times.msOf(ordinal))).toEqual([8, 7, 0])
})

it('counts the time of what throws', () => {
  let now = 0
  const times = new OperatorTimes(() => now)
  const failing = (): void =>
    times.during(1, () => {
      now += 3
      throw new Error('no')
    })
  expect(failing).toThrow('no')
  now += 10
  expect(times.msOf(1)).toBe(3)
})

it('only works where there is no clock', () => {
  const times = new OperatorTimes(undefined)
  let done = 0
  times.during(1, () => done++)
  expect([done, times.msOf(1)]).toEqual([1, 0])
})

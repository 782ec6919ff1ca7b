import { expect, test } from 'vitest'
import { windowsOf } from './fixed-window.ts'

test('a window holds its start and not its end', () => {
  expect(windowsOf({ kind: 'tumbling', size_ms: 10 }, 10)).toEqual([{ start: 10, end: 20 }])
  expect(windowsOf({ kind: 'tumbling', size_ms: 10 }, 9)).toEqual([{ start: 0, end: 10 }])
})

test('the grid goes on before 1970', () => {
  expect(windowsOf({ kind: 'tumbling', size_ms: 10 }, -1)).toEqual([{ start: -10, end: 0 }])
})

test('an offset moves the grid, also a negative one or one beyond the size', () => {
  for (const offset_ms of [3, -7, 13]) expect(windowsOf({ kind: 'tumbling', size_ms: 10, offset_ms }, 12)).toEqual([{ start: 3, end: 13 }])
})

test('an instant lies in size over step hopping windows', () => {
  const starts = windowsOf({ kind: 'hopping', size_ms: 30, every_ms: 10, offset_ms: 1 }, 21).map((window) => window.start)
  expect(starts).toEqual([21, 11, 1])
})

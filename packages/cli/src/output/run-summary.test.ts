import { expect, it } from 'vitest'
import type { RunDocument } from '../run/run-document.ts'
import { runSummary } from './run-summary.ts'

const DOCUMENT: RunDocument = {
  run: { id: 'r', project: 'shop', engine: 'stream', resumed: false },
  input: { name: 'a.csv', lines: 1, new_lines: 1, decoded: 1, blank: 0, dead_letters: 0, first_event: null, reasons: {} },
  assets: {},
  top: [],
  alerts: [],
  seconds: 1,
}

it('names a table that the project has as what to look at next', () => {
  expect(runSummary(DOCUMENT, { project: '.', stream: 'orders' })).toContain('"select * from orders limit 5"')
})

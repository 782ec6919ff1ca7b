import { calendarOffsets } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { countedKeys, elementAt, packed } from './packed-search.ts'
import { scopeOf } from './printed.ts'

const DAY_MS = 86_400_000

describe('countedKeys', () => {
  it('counts in pieces of time that hold no more than one key', () => {
    const scope = scopeOf([])
    const counted = countedKeys(scope, { keys: [10 * DAY_MS, 12 * DAY_MS, 17 * DAY_MS], of: '`x`' })
    const place = `LEAST(GREATEST(((\`x\`) - (${8 * DAY_MS})) / ${2 * DAY_MS}, CAST(0 AS BIGINT)), CAST(5 AS BIGINT))`
    expect(scope.named).toEqual([`CAST(TRIM(SUBSTRING('012223', CAST(${place} AS INT) * 1 + 1, 1)) AS BIGINT)`])
    const keys = "'       864000000      1036800000      14688000009000000000000000'"
    expect(counted).toBe(
      `(\`_v0\` + CASE WHEN (\`x\`) >= CAST(TRIM(SUBSTRING(${keys}, CAST(\`_v0\` AS INT) * 16 + 1, 16)) AS BIGINT) THEN 1 ELSE 0 END)`,
    )
  })

  it('is written in few words, however many keys there are', () => {
    const scope = scopeOf([])
    const keys = calendarOffsets('America/New_York').map(({ from }) => from)
    expect([countedKeys(scope, { keys, of: '`x`' }), ...scope.named].join().match(/CASE/g)).toHaveLength(1)
  })
})

describe('elementAt', () => {
  it('reads a number of a text', () =>
    expect(elementAt(packed([7, -12]), '`i`')).toBe("CAST(TRIM(SUBSTRING('  7-12', CAST(`i` AS INT) * 3 + 1, 3)) AS BIGINT)"))
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonDepth } from './json-depth.ts'
import { jsonElements } from './json-elements.ts'

const elements = (text: string): string[] | undefined => {
  const bytes = Buffer.from(text)
  return jsonElements(bytes)?.map(({ from, to }) => bytes.toString('utf8', from, to))
}
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

describe('jsonElements', () => {
  it('tells the elements of any array apart', () => {
    const spaced = fc.tuple(fc.array(fc.jsonValue({ maxDepth: 4 })), fc.constantFrom(undefined, 1, '\t'))
    fc.assert(
      fc.property(spaced, ([values, indent]) => {
        expect(elements(` ${JSON.stringify(values, null, indent)}\n`)?.map((text) => JSON.parse(text))).toEqual(
          JSON.parse(JSON.stringify(values)),
        )
      }),
    )
  })

  it('takes one object as it is', () => {
    expect(elements('\n {"a":[1,2]} ')).toEqual(['{"a":[1,2]}'])
  })

  it.each(['', ' ', '1', '"a"', '[', ']', '[1', '[1,]', '[,1]', '[1}]', '[{"a":1]', '[[1]', '[1]]', '[","', '[1] x'])(
    'refuses %j',
    (text) => {
      expect(elements(text)).toBeUndefined()
    },
  )

  it('takes brackets that lie very deep', () => {
    expect(elements(`[1,${'['.repeat(100_000)}${']'.repeat(100_000)}]`)).toHaveLength(2)
  })
})

describe('jsonDepth', () => {
  it('counts brackets, but none in strings', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => jsonDepth(Buffer.from(JSON.stringify(value))) === depthOf(value)))
    expect(jsonDepth(Buffer.from('{"[[{\\"[":"]}{"}'))).toBe(1)
  })
})

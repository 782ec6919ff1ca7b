import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonSlice } from './json-slice.ts'

const at = (text: string, path: string): unknown => {
  const bytes = Buffer.from(text)
  const slice = jsonSlice(bytes, path)
  return slice === undefined ? undefined : JSON.parse(bytes.toString('utf8', slice.from, slice.to))
}

describe('jsonSlice', () => {
  it('finds what parsing finds', () => {
    const tree = fc.dictionary(
      fc.constantFrom('a', 'b', 'c,"', 'é'),
      fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue())),
    )
    fc.assert(
      fc.property(tree, fc.constantFrom('a', 'b', 'a.b', 'b.a', 'é'), fc.constantFrom(undefined, 2), (value, path, indent) => {
        const parsed = JSON.parse(JSON.stringify(value))
        const wanted = path
          .split('.')
          .reduce(
            (part, name) =>
              typeof part === 'object' && part !== null && !Array.isArray(part) && Object.hasOwn(part, name) ? part[name] : undefined,
            parsed,
          )
        expect(at(JSON.stringify(value, null, indent), path)).toEqual(wanted)
      }),
    )
  })

  it('takes the last of equal names, as parsing does', () => {
    expect(at('{"a":1,"a":[2]}', 'a')).toEqual([2])
    expect(at('[{"a":1}]', 'a')).toBeUndefined()
  })
})

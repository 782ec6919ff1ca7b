import { describe, expect, it } from 'vitest'
import { MillraceError } from '../error/millrace-error.ts'
import { functionOf, mapFunction } from './map-function.ts'
import { type MapOutcome, rowFunction } from './row-function.ts'

const TXT = { name: 'txt1', type: 'string', nullable: true }

/** What a function of one text gives for `a`. */
function outcome(
  call: (row: { readonly txt1: string | null }) => unknown,
  column = { name: 'num1', type: 'double', nullable: false },
): MapOutcome {
  return rowFunction(mapFunction(call), { reads: [TXT], columns: [column] })(['a'])
}

function messageOf(result: MapOutcome): string {
  return 'values' in result ? '' : result.message
}

describe('a function of rows', () => {
  it('gives the values of its columns in their order', () => {
    const columns = [
      { name: 'b', type: 'int32', nullable: false },
      { name: 'a', type: 'string', nullable: true },
    ]
    expect(
      rowFunction(
        mapFunction(() => ({ a: null, b: 2 })),
        { reads: [], columns },
      )([]),
    ).toEqual({ values: [2, null] })
  })

  it('says what was thrown, at most 500 characters of it, and what it was given', () => {
    const thrown = outcome(() => {
      throw new RangeError('x'.repeat(1_000))
    })
    expect(thrown).toMatchObject({ reason: 'map/threw', record: '{"txt1":"a"}' })
    expect(messageOf(thrown)).toHaveLength(500)
    expect(messageOf(thrown)).toMatch(/^RangeError: xxx/)
    expect(
      outcome(() => {
        throw 'text'
      }),
    ).toMatchObject({ reason: 'map/threw', message: 'text' })
  })

  it.each([
    ['a promise', async (): Promise<unknown> => ({ num1: 1 }), 'a promise; a map computes its row at once'],
    ['null', (): unknown => null, 'leave rows out with a filter'],
    ['nothing', (): unknown => undefined, 'undefined in place of its columns'],
    ['a list', (): unknown => [1], 'a list in place of an object'],
    ['a missing column', (): unknown => ({}), 'gives no `num1`'],
    ['another column', (): unknown => ({ num1: 1, num2: 2 }), '`num2`, which is none of its columns'],
    ['another type', (): unknown => ({ num1: '1' }), '"1" under `num1`, which is double'],
    ['a null that may not be', (): unknown => ({ num1: null }), 'null under `num1`, which is never null'],
    ['no number, which is a null that may not be', (): unknown => ({ num1: Number.NaN }), 'NaN under `num1`, which is never null'],
    [
      'a getter that throws',
      (): unknown => ({
        get num1(): number {
          throw new RangeError('no')
        },
      }),
      'cannot be read: RangeError: no',
    ],
  ] as const)('refuses %s', (_, call, message) => {
    const result = outcome(call)
    expect(result).toMatchObject({ reason: 'map/wrong-shape' })
    expect(messageOf(result)).toContain(message)
  })

  it('hands out bytes and dates of its own, which a function may not spoil', () => {
    const bytes = new Uint8Array([1, 2])
    const shape = { reads: [{ name: 'byt1', type: 'bytes', nullable: false }], columns: [{ name: 'int1', type: 'int32', nullable: false }] }
    const spoil = ({ byt1 }: { readonly byt1: Uint8Array }) => ({ int1: byt1.fill(0).length })
    expect(rowFunction(mapFunction(spoil), shape)([bytes])).toEqual({ values: [2] })
    expect([...bytes]).toEqual([1, 2])
  })

  it('keeps 1,024 characters of what a function was given, whole characters', () => {
    const call = rowFunction(
      mapFunction(() => null),
      { reads: [TXT], columns: [{ name: 'int1', type: 'int32', nullable: false }] },
    )
    const refused = call([`${'x'.repeat(1_013)}😀😀`]) as { readonly record: string }
    expect(refused.record.length).toBe(1_024)
    expect(refused.record.isWellFormed()).toBe(true)
  })
})

describe('a function that a plan names', () => {
  const label = mapFunction(() => 1)
  const functions = new Map([['label', label]])

  it('is found by its name, with its hash or without one', () => {
    expect(functionOf({ name: 'label' }, functions)).toBe(label)
    expect(functionOf({ name: 'label', hash: label.hash }, functions)).toBe(label)
  })

  it.each([
    [{ name: 'labels' }, 'map/unknown-function', 'did you mean `label`?'],
    [{ name: 'label', hash: 'sha256:0' }, 'map/other-function', 'another text of the function `label`'],
  ])('is refused where it is not here, or is another one: %j', (named, code, message) => {
    try {
      functionOf(named, functions)
      expect.unreachable()
    } catch (error) {
      expect((error as MillraceError).code).toBe(code)
      expect((error as MillraceError).message).toContain(message)
    }
    expect(() => functionOf(named, undefined)).toThrow(MillraceError)
  })
})

import { expect, test } from 'vitest'
import type { Ask, Birth } from './ask.ts'
import { Chance } from './chance.ts'
import { merge } from './merge.ts'

const ask = (at: number, ip: string): Ask => ({ at, ip, method: 'GET', target: '/', agent: '-', referer: '-' })

test('gives the asks of many in order of time, those of the born among them', () => {
  const chance = new Chance(11)
  const asks = (ip: string, from: number): Ask[] =>
    Array.from({ length: chance.below(40) }, () => from + chance.below(500))
      .sort((a, b) => a - b)
      .map((at) => ask(at, ip))
  const plain = Array.from({ length: 30 }, (_, i) => asks(`a${i}`, 0))
  const births: Birth[] = []
  const born: Ask[] = []
  for (let at = 0; at < 400; at += 1 + chance.below(20)) {
    const own = asks(`b${at}`, at)
    born.push(...own)
    births.push({ at, asks: own.values() })
  }
  const out = [...merge([...plain.map((one) => one.values()), births.values()], Number.POSITIVE_INFINITY)]
  const all = [...plain.flat(), ...born]
  expect(out.map(({ at }) => at)).toEqual(all.map(({ at }) => at).sort((a, b) => a - b))
  const text = (one: Ask): string => `${one.at} ${one.ip}`
  expect(out.map(text).sort()).toEqual(all.map(text).sort())
})

test('ends before the given time', () => {
  expect([...merge([[ask(1, 'a'), ask(5, 'a')].values(), [ask(4, 'b')].values()], 5)].map(({ at }) => at)).toEqual([1, 4])
})

import type { GeneratedField } from '@millrace/core'

const PART = /\{(n|\d+-\d+)\}/g
const TWO_32 = 2 ** 32
const START = 0x9e3779b9
const STEP = 0x2c1b3c6d

type Made = string | number | boolean | null

/** Whose value it is. */
export interface DrawnPlace {
  readonly seed: number
  /** Of the field among the contract's. */
  readonly place: number
  /** Of the record. */
  readonly number: number
}

/** The value of a record's field: a function of seed, place of the field, and number of the record, and of nothing else. */
export function generatedValue(field: GeneratedField, at: DrawnPlace): Made {
  if (field.nulls !== undefined && drawn(at, NULLS) < field.nulls) return null
  if ('sequence' in field) return field.sequence + at.number
  if ('text' in field) return textOf(field.text, at)
  const random = drawn(at, 0)
  if ('pick' in field) return field.pick[Math.floor(random * field.pick.length)]
  if ('integer' in field) return wholeIn(field.integer, random)
  return field.number[0] + random * (field.number[1] - field.number[0])
}

/** Draw that decides on null. */
const NULLS = -1

/** Draw number `draw` of a place, in [0, 1): murmur3's finaliser over all that it depends on. */
export function drawn({ seed, place, number }: DrawnPlace, draw: number): number {
  let mixed = START
  for (const part of [seed, seed / TWO_32, place, number, number / TWO_32, draw]) mixed = mix(Math.imul(mixed ^ Math.floor(part), STEP))
  return (mixed >>> 0) / TWO_32
}

function textOf(pattern: string, at: DrawnPlace): string {
  let draws = 0
  return pattern.replace(PART, (_, part: string) => {
    if (part === 'n') return String(at.number)
    const [min, max] = part.split('-').map(Number)
    return String(wholeIn([min, max], drawn(at, draws++)))
  })
}

function mix(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

function wholeIn([min, max]: readonly [number, number], random: number): number {
  return min + Math.floor(random * (max - min + 1))
}

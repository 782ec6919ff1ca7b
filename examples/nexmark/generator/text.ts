import { EventChance } from './event-chance.ts'

const POOL_LENGTH = 2 ** 18
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz']
/** One of so many characters is no letter. */
const BREAK_RATIO = 13

function pool(seed: number, between: string): string {
  const chance = new EventChance(seed).begin(0)
  return Array.from({ length: POOL_LENGTH }, () => (between !== '' && !chance.isHot(BREAK_RATIO) ? between : chance.pick(LETTERS))).join('')
}

const PLAIN = pool(1, '')
const SPACED = pool(2, ' ')
const UNDERSCORED = pool(3, '_')

function cut(from: string, length: number, chance: EventChance): string {
  const at = chance.below(POOL_LENGTH - length)
  return from.slice(at, at + length)
}

const SHORTEST = 3

function anyLength(most: number, chance: EventChance): number {
  return SHORTEST + chance.below(most - SHORTEST)
}

/** Letters and single spaces between them, shorter than `most`. */
export function words(most: number, chance: EventChance): string {
  return cut(SPACED, anyLength(most, chance), chance).trim()
}

/** Letters, shorter than `most`. */
export function letters(most: number, chance: EventChance): string {
  return cut(PLAIN, anyLength(most, chance), chance)
}

/** A part of a path. */
export function pathPart(chance: EventChance): string {
  return cut(UNDERSCORED, anyLength(5, chance), chance)
}

const FILLING_SPREAD = 0.2

/** Letters that bring a row of `size` bytes to about `wanted`. */
export function filling(size: number, wanted: number, chance: EventChance): string {
  if (size > wanted) return ''
  const spread = Math.round((wanted - size) * FILLING_SPREAD)
  return cut(PLAIN, wanted - size - spread + (spread === 0 ? 0 : chance.below(2 * spread)), chance)
}

import type { EventChance } from './event-chance.ts'

/** Cents: from 1.00 to 1,000,000.00, every order of magnitude as often as the next. */
export function nextPrice(chance: EventChance): number {
  return Math.round(10 ** (chance.unit() * 6) * 100)
}

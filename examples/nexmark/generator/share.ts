/** Of fifty events in turn one is a person, three are auctions, 46 are bids. */
const PEOPLE = 1
const AUCTIONS = 3
export const EVENTS_PER_TURN = 50

/** Ids of people and auctions begin here. */
export const FIRST_ID = 1000

export type Kind = 'person' | 'auction' | 'bid'
export const KINDS: readonly Kind[] = ['person', 'auction', 'bid']

export function kindOf(number: number): Kind {
  const place = number % EVENTS_PER_TURN
  if (place < PEOPLE) return 'person'
  return place < PEOPLE + AUCTIONS ? 'auction' : 'bid'
}

/** The person that came last up to this event, from 0. */
export function lastPerson(number: number): number {
  return Math.floor(number / EVENTS_PER_TURN) * PEOPLE + Math.min(number % EVENTS_PER_TURN, PEOPLE - 1)
}

/** The auction that came last up to this event, from 0; −1 before the first. */
export function lastAuction(number: number): number {
  const place = Math.min(number % EVENTS_PER_TURN, PEOPLE + AUCTIONS - 1) - PEOPLE
  return Math.floor(number / EVENTS_PER_TURN) * AUCTIONS + place
}

/** How many events it takes until this many auctions have come. */
export function eventsForAuctions(auctions: number): number {
  return Math.floor((auctions * EVENTS_PER_TURN) / AUCTIONS)
}

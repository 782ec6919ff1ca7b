import type { EventChance } from './event-chance.ts'
import type { Settings } from './settings.ts'
import { timeOf } from './settings.ts'
import { FIRST_ID, lastPerson } from './share.ts'
import { filling, letters } from './text.ts'

export interface Person {
  readonly id: number
  readonly name: string
  readonly email_address: string
  /** Four groups of four digits. */
  readonly credit_card: string
  readonly city: string
  readonly state: string
  /** Epoch ms. */
  readonly date_time: number
  readonly extra: string
}

/** Half of the states are those that query 3 asks for, as in the original. */
const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
const CITIES = ['Tucson', 'Fresno', 'Oakland', 'Nampa', 'Salem', 'Eugene', 'Tacoma', 'Spokane', 'Everett', 'Laramie']
const FIRST_NAMES = ['Ada', 'Bruno', 'Chiara', 'David', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kaya']
const LAST_NAMES = ['Abel', 'Berg', 'Costa', 'Dahl', 'Evans', 'Fischer', 'Garcia', 'Holm', 'Ito']
const PERSON_BYTES = 200
/** Ids of so many people to come are used before they have come. */
const PEOPLE_AHEAD = 10

export function personOf(number: number, settings: Settings, chance: EventChance): Person {
  const name = `${chance.pick(FIRST_NAMES)} ${chance.pick(LAST_NAMES)}`
  const email = `${letters(7, chance)}@${letters(5, chance)}.com`
  const card = Array.from({ length: 4 }, () => String(chance.below(10_000)).padStart(4, '0')).join(' ')
  const city = chance.pick(CITIES)
  const state = chance.pick(STATES)
  const size = 8 + name.length + email.length + card.length + city.length + state.length
  return {
    id: FIRST_ID + lastPerson(number),
    name,
    email_address: email,
    credit_card: card,
    city,
    state,
    date_time: timeOf(number, settings),
    extra: filling(size, PERSON_BYTES, chance),
  }
}

/** A person that is active, or about to come. */
export function anyPerson(number: number, { peopleActive }: Settings, chance: EventChance): number {
  const people = lastPerson(number) + 1
  const active = Math.min(people, peopleActive)
  return FIRST_ID + people - active + chance.below(active + PEOPLE_AHEAD)
}

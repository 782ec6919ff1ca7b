import { BROWSERS } from './agent.ts'
import { type Chance, ranks, textHash } from './chance.ts'

/** Someone with an address and a browser. */
export interface Visitor {
  readonly ip: string
  readonly agent: string
  /** Has been here before: some images lie in the browser. */
  readonly returning: boolean
}

/** Who may come: addresses of a few dozen providers. */
export interface Population {
  /** A visitor, new or returning. */
  readonly visitor: () => Visitor
  /** An address of the providers, with nothing special about it. */
  readonly address: () => string
  /** Addresses for an attack: of visitors, none given out twice. */
  readonly taken: (count: number) => string[]
}

const PROVIDERS = 60
const RETURNING = 8_000
const NEW_SHARE = 0.45

export function population(chance: Chance): Population {
  const providers = Array.from(
    { length: PROVIDERS },
    () => `${chance.pick([31, 46, 62, 77, 81, 84, 91, 93, 109, 178, 188])}.${chance.below(256)}`,
  )
  const address = (): string => `${chance.pick(providers)}.${chance.below(256)}.${1 + chance.below(254)}`
  const known = Array.from({ length: RETURNING }, address)
  const rank = ranks(RETURNING, 0.5, chance)
  const used = new Set<string>()
  return {
    address,
    visitor: () => {
      const returning = !chance.happens(NEW_SHARE)
      const ip = returning ? known[rank()] : address()
      return { ip, agent: agentOf(ip), returning }
    },
    taken: (count) => {
      const addresses: string[] = []
      while (addresses.length < count) {
        const ip = chance.happens(0.7) ? chance.pick(known) : address()
        if (used.has(ip)) continue
        used.add(ip)
        addresses.push(ip)
      }
      return addresses
    },
  }
}

/** The browser behind an address. */
export function agentOf(ip: string): string {
  return BROWSERS[textHash(ip) % BROWSERS.length]
}

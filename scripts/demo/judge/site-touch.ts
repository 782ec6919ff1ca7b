import type { Commands } from '../commands.ts'
import type { Label } from './label.ts'
import { keyText } from './scored-view.ts'

/** How often which attacks asked for a part of the site in a minute: by key and start of the window, then by attack. */
export type SiteTouches = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Addresses in one statement: a command line is at most some hundred kilobytes long. */
const ADDRESSES_MAX = 4_000

export function touchKey(key: string, start: number): string {
  return `${start} ${key}`
}

/** Looks up in the followed lines which parts of the site the attacking addresses asked for during their attacks. */
export async function siteTouches(commands: Commands, labels: readonly Label[]): Promise<SiteTouches> {
  const touches = new Map<string, Map<string, number>>()
  for (const piece of pieces(labels)) {
    const { rows } = await commands.rows(touchQuery(piece))
    for (const [i, segment, minute, hits] of rows) {
      const key = touchKey(keyText(segment), Number(minute))
      const known = touches.get(key) ?? new Map<string, number>()
      const { id } = piece[Number(i)]
      touches.set(key, known.set(id, (known.get(id) ?? 0) + Number(hits)))
    }
  }
  return touches
}

function pieces(labels: readonly Label[]): Label[][] {
  const result: Label[][] = [[]]
  let held = 0
  for (const label of labels) {
    for (let from = 0; from < label.addresses.length; from += ADDRESSES_MAX) {
      const addresses = label.addresses.slice(from, from + ADDRESSES_MAX)
      if (held + addresses.length > ADDRESSES_MAX) {
        result.push([])
        held = 0
      }
      result[result.length - 1].push({ ...label, addresses })
      held += addresses.length
    }
  }
  return result.filter((piece) => piece.length > 0)
}

function touchQuery(labels: readonly Label[]): string {
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`
  const values = labels.map(({ addresses, from, to }, i) => `(${i}, ${from}, ${to}, [${addresses.map(text).join(',')}])`)
  return `with attack(i, t0, t1, addresses) as (values ${values.join(', ')}),
attacker as (select i, t0, t1, unnest(addresses) as ip from attack)
select attacker.i, string_split(r.path, '/')[2] as segment, epoch_ms(date_trunc('minute', r.event_time)) as minute, count(*) as hits
from requests r join attacker on r.ip = attacker.ip and epoch_ms(r.event_time) between attacker.t0 and attacker.t1
group by all`
}

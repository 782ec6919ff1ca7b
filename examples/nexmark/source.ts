import type { PlanSource, Typed } from 'millrace'

type Types = Readonly<Record<string, 'int64' | 'string' | 'timestamp'>>
type Columns<T extends Types> = { readonly [Name in keyof T]: Typed<T[Name]> }

/** Disorder that is waited for. */
export const WATERMARK_DELAY_MS = 4000

const PERSON = {
  id: 'int64',
  name: 'string',
  email_address: 'string',
  credit_card: 'string',
  city: 'string',
  state: 'string',
  date_time: 'timestamp',
  extra: 'string',
} as const

const AUCTION = {
  id: 'int64',
  item_name: 'string',
  description: 'string',
  initial_bid: 'int64',
  reserve: 'int64',
  date_time: 'timestamp',
  expires: 'timestamp',
  seller: 'int64',
  category: 'int64',
  extra: 'string',
} as const

const BID = {
  auction: 'int64',
  bidder: 'int64',
  price: 'int64',
  channel: 'string',
  url: 'string',
  date_time: 'timestamp',
  extra: 'string',
} as const

function sourceOf(name: string, key: string, types: Types): PlanSource {
  const fields = Object.entries(types).map(([field, type]) => ({ name: field, type }))
  return { name, event_time: 'date_time', key: [key], watermark_delay_ms: WATERMARK_DELAY_MS, late: 'keep', fields }
}

/** Auctions lie where the bids for them do, so that these meet without an exchange. */
export const SOURCES = {
  person: sourceOf('person', 'id', PERSON),
  auction: sourceOf('auction', 'id', AUCTION),
  bid: sourceOf('bid', 'auction', BID),
} as const

/** Columns of these types, for expressions. */
export function columns<T extends Types>(types: T): Columns<T> {
  return Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { expr: { col: name }, type }])) as Columns<T>
}

export const person = columns(PERSON)
export const auction = columns(AUCTION)
export const bid = columns(BID)

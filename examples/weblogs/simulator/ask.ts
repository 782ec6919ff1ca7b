/** A request as a client sends it. */
export interface Ask {
  /** When it is sent, epoch ms of simulated time. */
  readonly at: number
  readonly ip: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly agent: string
  /** `-` when the client names none. */
  readonly referer: string
  /** Form fields of a POST, url-encoded. */
  readonly form?: string
  /** The client holds a copy and asks whether it still holds. */
  readonly cached?: boolean
  /** The attack it is part of. */
  readonly attack?: string
}

/** Something that comes into being and will ask. */
export interface Birth {
  readonly at: number
  readonly asks: Iterator<Ask | Birth>
}

/** Asks and births in order of time. */
export type Asks = Generator<Ask | Birth, void, undefined>

export type AttackKind =
  | 'flood'
  | 'distributed-flood'
  | 'credential-stuffing'
  | 'distributed-credential-stuffing'
  | 'path-scan'
  | 'slow-scrape'

/** An attack that is in the traffic. */
export interface Label {
  readonly id: string
  readonly kind: AttackKind
  readonly addresses: readonly string[]
  /** The first request, ISO 8601. */
  readonly from: string
  /** The last request, ISO 8601. */
  readonly to: string
}

/** What a series of events depends on; the same settings give the same events. */
export interface Settings {
  readonly seed: number
  /** Events per second of event time. */
  readonly rate: number
  /** Event time of the first event, epoch ms. */
  readonly firstTimeMs: number
  /** Events come out of order within groups of this many; 1: in order. */
  readonly disorder: number
  /** Auctions that bids choose among, beside the hot one. */
  readonly auctionsInFlight: number
  /** People that bid and sell, beside the hot ones. */
  readonly peopleActive: number
  /** Of this many bids all but one go to the hot auction. */
  readonly hotAuctionRatio: number
  /** Of this many bids all but one are of the hot bidder. */
  readonly hotBidderRatio: number
  /** Of this many auctions all but one are of the hot seller. */
  readonly hotSellerRatio: number
}

/** Sizes and ratios of the original: github.com/nexmark/nexmark, `NexmarkConfiguration`. */
export const SETTINGS: Settings = {
  seed: 1,
  rate: 10_000,
  firstTimeMs: Date.parse('2026-01-01T00:00:00.000Z'),
  disorder: 1,
  auctionsInFlight: 100,
  peopleActive: 1000,
  hotAuctionRatio: 2,
  hotBidderRatio: 4,
  hotSellerRatio: 4,
}

/** Event time of a number, epoch ms. */
export function timeOf(number: number, { rate, firstTimeMs }: Settings): number {
  return firstTimeMs + Math.floor((number * 1000) / rate)
}

/** Any number that shares no factor with the size of a group shuffles it. */
const STRIDE = 953

/** The number of the event that comes as the n-th. */
export function numberAt(n: number, { disorder }: Settings): number {
  return n - (n % disorder) + ((n * STRIDE) % disorder)
}

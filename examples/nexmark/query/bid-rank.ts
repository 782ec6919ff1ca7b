import { and, count, countDistinct, gte, lt } from 'millrace'
import { aggregates } from '../query.ts'
import { bid } from '../source.ts'

/** Cents below which bids are of rank 1, and from which they are of rank 3. */
const LOW = 10_000
const HIGH = 1_000_000
/** More people or auctions than any series of events has. */
const DISTINCT_MAX = 100_000_000

const isOfRank = {
  rank1: lt(bid.price, LOW),
  rank2: and(gte(bid.price, LOW), lt(bid.price, HIGH)),
  rank3: gte(bid.price, HIGH),
}
const ranks = Object.entries(isOfRank)

/** Bids, in all and by rank. */
export const bidCounts = aggregates({
  total_bids: count(),
  ...Object.fromEntries(ranks.map(([rank, where]) => [`${rank}_bids`, count({ where })])),
})

/** Who bid and what was bid for, in all and by rank. */
export const distinctCounts = (
  [
    ['bidders', bid.bidder],
    ['auctions', bid.auction],
  ] as const
).flatMap(([name, column]) =>
  aggregates({
    [`total_${name}`]: countDistinct(column, { max: DISTINCT_MAX }),
    ...Object.fromEntries(ranks.map(([rank, where]) => [`${rank}_${name}`, countDistinct(column, { where, max: DISTINCT_MAX })])),
  }),
)

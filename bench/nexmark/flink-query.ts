/** A query of the benchmark as its authors published it for Flink (github.com/nexmark/nexmark), said anew over the columns of our files. */
export interface FlinkQuery {
  readonly name: string
  /** With Flink's own watermarks; columns are named as ours. */
  readonly sql: string
  /** Columns that hold something else than ours: a mean that Flink cuts off, a day as text, one of several rows of equal rank. */
  readonly otherwise?: readonly string[]
}

const TEN_SECONDS = "INTERVAL '10' SECOND"
const DAY = "DATE_FORMAT(date_time, 'yyyy-MM-dd')"
const RANKS = { rank1: 'price < 10000', rank2: 'price >= 10000 AND price < 1000000', rank3: 'price >= 1000000' }

function byRank(name: string, aggregate: string): string {
  const ranked = Object.entries(RANKS).map(([rank, where]) => `${aggregate} FILTER (WHERE ${where}) AS ${rank}_${name}`)
  return [`${aggregate} AS total_${name}`, ...ranked].join(', ')
}

const BIDS = byRank('bids', 'COUNT(*)')
const DISTINCT = [byRank('bidders', 'COUNT(DISTINCT bidder)'), byRank('auctions', 'COUNT(DISTINCT auction)')].join(', ')

function windowed(
  table: string,
  { window, columns, keys }: { readonly window: string; readonly columns: string; readonly keys: string },
): string {
  return `SELECT ${columns}, window_start, window_end FROM TABLE(${window.replace('?', `TABLE ${table}, DESCRIPTOR(date_time)`)}) GROUP BY ${keys}, window_start, window_end`
}

const COUNTS = windowed('bid', {
  window: `HOP(?, INTERVAL '2' SECOND, ${TEN_SECONDS})`,
  columns: 'auction, COUNT(*) AS bids',
  keys: 'auction',
})
const TUMBLE = `TUMBLE(?, ${TEN_SECONDS})`
const VALID = 'auction A, bid B WHERE A.id = B.auction AND B.date_time BETWEEN A.date_time AND A.expires'

export const FLINK_QUERIES: readonly FlinkQuery[] = [
  { name: 'q0', sql: 'SELECT auction, bidder, price, date_time, extra FROM bid' },
  { name: 'q1', sql: 'SELECT auction, bidder, 0.908 * price AS price, date_time, extra FROM bid', otherwise: ['price'] },
  { name: 'q2', sql: 'SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0' },
  {
    name: 'q3',
    sql: `SELECT P.name, P.city, P.state, A.id AS auction FROM auction A JOIN person P ON A.seller = P.id
      WHERE A.category = 10 AND P.state IN ('OR', 'ID', 'CA')`,
  },
  {
    name: 'q4',
    sql: `SELECT category, AVG(final_price) AS mean_price
      FROM (SELECT A.id, A.category, MAX(B.price) AS final_price FROM ${VALID} GROUP BY A.id, A.category) GROUP BY category`,
    otherwise: ['mean_price'],
  },
  {
    name: 'q5',
    sql: `SELECT C.window_start, C.window_end, C.auction, C.bids FROM (${COUNTS}) C
      JOIN (SELECT MAX(bids) AS most, window_start, window_end FROM (${COUNTS}) GROUP BY window_start, window_end) M
      ON C.window_start = M.window_start AND C.window_end = M.window_end AND C.bids >= M.most`,
  },
  {
    name: 'q7',
    sql: `SELECT M.window_start, M.window_end, B.auction, B.price, B.bidder, B.date_time, B.extra FROM bid B
      JOIN (SELECT MAX(price) AS most, window_start, window_end, window_time AS last
        FROM TABLE(${TUMBLE.replace('?', 'TABLE bid, DESCRIPTOR(date_time)')}) GROUP BY window_start, window_end, window_time) M
      ON B.price = M.most WHERE B.date_time BETWEEN M.last - INTERVAL '9.999' SECOND AND M.last`,
  },
  {
    name: 'q8',
    sql: `SELECT P.id, P.name, P.window_start, P.window_end FROM (${windowed('person', { window: TUMBLE, columns: 'id, name', keys: 'id, name' })}) P
      JOIN (${windowed('auction', { window: TUMBLE, columns: 'seller', keys: 'seller' })}) A
      ON P.id = A.seller AND P.window_start = A.window_start AND P.window_end = A.window_end`,
  },
  {
    name: 'q9',
    sql: `SELECT id, item_name, description, initial_bid, reserve, date_time, expires, seller, category, extra, bidder, price, bid_time, bid_extra
      FROM (SELECT A.*, B.bidder, B.price, B.date_time AS bid_time, B.extra AS bid_extra,
        ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC, B.date_time ASC) AS place FROM ${VALID}) WHERE place <= 1`,
    otherwise: ['bidder', 'bid_extra'],
  },
  {
    name: 'q11',
    sql: `SELECT window_start, window_end, bidder, COUNT(*) AS bids
      FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(date_time), ${TEN_SECONDS})) GROUP BY bidder, window_start, window_end`,
  },
  { name: 'q12', sql: windowed('bid', { window: TUMBLE, columns: 'bidder, COUNT(*) AS bids', keys: 'bidder' }) },
  { name: 'q15', sql: `SELECT ${DAY} AS \`day\`, ${BIDS}, ${DISTINCT} FROM bid GROUP BY ${DAY}`, otherwise: ['day'] },
  {
    name: 'q16',
    sql: `SELECT channel, ${DAY} AS \`day\`, MAX(DATE_FORMAT(date_time, 'HH:mm')) AS last_minute, ${BIDS}, ${DISTINCT} FROM bid GROUP BY channel, ${DAY}`,
    otherwise: ['day', 'last_minute'],
  },
  {
    name: 'q17',
    sql: `SELECT auction, ${DAY} AS \`day\`, ${BIDS}, MIN(price) AS min_price, MAX(price) AS max_price, AVG(price) AS avg_price, SUM(price) AS sum_price
      FROM bid GROUP BY auction, ${DAY}`,
    otherwise: ['day', 'avg_price'],
  },
  {
    name: 'q18',
    sql: `SELECT auction, bidder, price, channel, url, date_time, extra
      FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC) AS place FROM bid) WHERE place <= 1`,
    otherwise: ['price', 'channel', 'url', 'extra'],
  },
  {
    name: 'q19',
    sql: `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS rank_number FROM bid) WHERE rank_number <= 10`,
    otherwise: ['bidder', 'channel', 'url', 'date_time', 'extra'],
  },
  {
    name: 'q20',
    sql: `SELECT B.auction, B.bidder, B.price, B.channel, B.url, B.date_time, B.extra, A.item_name, A.description, A.initial_bid, A.reserve,
      A.date_time AS auction_time, A.expires, A.seller, A.category, A.extra AS auction_extra FROM bid B JOIN auction A ON B.auction = A.id WHERE A.category = 10`,
  },
  {
    name: 'q22',
    sql: `SELECT auction, bidder, price, channel, SPLIT_INDEX(url, '/', 3) AS dir1, SPLIT_INDEX(url, '/', 4) AS dir2, SPLIT_INDEX(url, '/', 5) AS dir3
      FROM bid`,
  },
]

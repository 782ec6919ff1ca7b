import {
  abs,
  add,
  alert,
  and,
  atLeast,
  byTime,
  coalesce,
  contains,
  contract,
  count,
  countDistinct,
  div,
  endsWith,
  env,
  eq,
  features,
  gradientBoostedTrees,
  gt,
  gte,
  hopping,
  intervals,
  joined,
  logFiles,
  lower,
  lt,
  model,
  mul,
  not,
  notWorseThan,
  or,
  split,
  stable,
  stream,
  sub,
  sum,
  type Typed,
  t,
  timeTruncate,
  tumbling,
  webhook,
} from 'millrace'

/** One line of a web server's access log, Common or Combined Log Format. */
export const AccessLog = contract('web.access', {
  owner: 'web-platform',
  compatibility: 'backward',
  eventTime: 'event_time',
  key: 'ip',
  fields: {
    event_time: t.timestamp(),
    ip: t.string({ sensitive: 'ip_address' }),
    ident: t.string(),
    remote_user: t.string({ sensitive: 'user_name' }),
    request: t.string({ doc: 'The request line as it stands between the quotes.' }),
    http_method: t.string({ nullable: true, doc: 'Null when the request is not three tokens: scanners live there.' }),
    path: t.string({ nullable: true, doc: 'The target up to the first ? or #, never percent-decoded.' }),
    query: t.string({ nullable: true }),
    protocol: t.string({ nullable: true }),
    status: t.int32({ min: 100, max: 599 }),
    response_bytes: t.int64({ nullable: true, min: 0 }),
    referer: t.string({ nullable: true }),
    user_agent: t.string({ nullable: true }),
  },
})

export const requests = stream('requests', {
  contract: AccessLog,
  from: logFiles('logs/*.log', { format: 'combined', follow: true }),
  watermark: { delay: '30s' },
  late: 'keep',
})

const r = requests.row
const isFailedLogin = and(eq(r.path, '/login'), eq(r.status, 401))
const isRefusedPost = and(eq(r.http_method, 'POST'), gte(r.status, 400), lt(r.status, 500))
/** Comes from nowhere, and does not say that it is a robot. */
const isDirect = and(eq(r.referer, '-'), not(coalesce(contains(lower(r.user_agent), 'bot'), false)))
/** What a browser loads to show a page. */
const isAsset = or(...['.jpg', '.png', '.gif', '.webp', '.svg', '.ico', '.css', '.js', '.woff2'].map((end) => endsWith(r.path, end)))
const minutes = (max: number) => countDistinct(timeTruncate(r.event_time, 'minute'), { max })

/** What each address did in the last five minutes, every minute. */
export const ipActivity = features('ip_activity', requests, {
  entity: 'ip',
  window: hopping('5m', { every: '1m' }),
  columns: () => ({
    hits: count(),
    errors: count({ where: gte(r.status, 400) }),
    failed_logins: count({ where: isFailedLogin }),
    distinct_paths: countDistinct(r.path, { max: 10_000 }),
    response_bytes: sum(r.response_bytes),
  }),
})

/** How it did it: no table of its own, a part of what the model sees. */
export const ipManner = features('ip_manner', requests, {
  entity: 'ip',
  window: hopping('5m', { every: '1m' }),
  columns: () => ({
    posts: count({ where: eq(r.http_method, 'POST') }),
    refused_posts: count({ where: isRefusedPost }),
    direct: count({ where: isDirect }),
    assets: count({ where: isAsset }),
    minutes: minutes(5),
  }),
  table: false,
})

/** The same address over the past hour. */
export const ipHour = features('ip_hour', requests, {
  entity: 'ip',
  window: hopping('1h', { every: '1m' }),
  columns: () => ({ hits: count(), assets: count({ where: isAsset }), direct: count({ where: isDirect }), minutes: minutes(60) }),
  table: false,
})

/** An address now, beside its own past. */
export const ipSignals = joined('ip_signals', ipActivity, {
  with: { manner: ipManner, hour: ipHour },
  columns: (now, { manner, hour }) => ({
    posts: manner.posts,
    refused_posts: manner.refused_posts,
    direct: manner.direct,
    minutes: manner.minutes,
    error_ratio: div(now.errors, now.hits),
    asset_ratio: div(manner.assets, now.hits),
    direct_ratio: div(manner.direct, now.hits),
    path_ratio: div(now.distinct_paths, now.hits),
    bytes_per_hit: div(now.response_bytes, now.hits),
    hour_hits: hour.hits,
    hour_minutes: hour.minutes,
    hour_pages: sub(hour.hits, hour.assets),
    hour_pages_per_minute: div(sub(hour.hits, hour.assets), hour.minutes),
    pace: div(now.hits, hour.hits),
    hour_hits_per_minute: div(hour.hits, hour.minutes),
    hour_asset_ratio: div(hour.assets, hour.hits),
    hour_direct_ratio: div(hour.direct, hour.hits),
  }),
})

const bySegment = { entity: () => ({ segment: split(r.path, '/', 2) }), exchange: { partitions: 1 } }
const wholeSite = { entity: [], exchange: {}, table: false } as const

/** What all addresses together did to each part of the site (the first segment of the path), every minute. */
export const siteActivity = features('site_activity', requests, {
  ...bySegment,
  window: tumbling('1m'),
  columns: () => ({
    hits: count(),
    errors: count({ where: gte(r.status, 400) }),
    distinct_ips: countDistinct(r.ip, { max: 100_000 }),
    failed_logins: count({ where: isFailedLogin }),
    refused_posts: count({ where: isRefusedPost }),
    direct: count({ where: isDirect }),
  }),
  derive: (v) => ({
    error_ratio: div(v.errors, v.hits),
    refused_ratio: div(v.refused_posts, v.hits),
    hits_per_ip: div(v.hits, v.distinct_ips),
  }),
})

/** The same part of the site over the past hour. */
export const siteHour = features('site_hour', requests, {
  ...bySegment,
  window: hopping('1h', { every: '1m' }),
  columns: () => ({
    hits: count(),
    refused_posts: count({ where: isRefusedPost }),
    direct: count({ where: isDirect }),
    minutes: minutes(60),
  }),
  table: false,
})

/** The whole site in the same minute, and over the past hour: pages, and what browsers load beside them. */
export const siteTotal = features('site_total', requests, {
  ...wholeSite,
  window: tumbling('1m'),
  columns: () => ({ pages: count({ where: not(isAsset) }), assets: count({ where: isAsset }) }),
})
export const siteTotalHour = features('site_total_hour', requests, {
  ...wholeSite,
  window: hopping('1h', { every: '1m' }),
  columns: () => ({ pages: count({ where: not(isAsset) }), assets: count({ where: isAsset }) }),
})

/** How far a count is from what was expected, in variances of such a count and with the difference's sign: a surprise on any scale. */
function surprise(seen: Typed<'int64'>, expected: Typed<'double'>) {
  const beyond = sub(seen, expected)
  return div(mul(beyond, abs(beyond)), add(expected, 1))
}

/** A part of the site now, beside its own past hour and beside what browsers load: people who crowd in load pages' images too. */
export const siteSignals = joined('site_signals', siteActivity, {
  with: { hour: siteHour, site: siteTotal, siteHour: siteTotalHour },
  columns: (now, { hour, site, siteHour }) => ({
    more_hits: surprise(now.hits, div(hour.hits, hour.minutes)),
    more_refused: surprise(now.refused_posts, div(hour.refused_posts, hour.minutes)),
    more_direct: surprise(now.direct, div(hour.direct, hour.minutes)),
    more_than_loaded: surprise(now.hits, div(mul(hour.hits, site.assets), siteHour.assets)),
    site_more_than_loaded: surprise(site.pages, div(mul(siteHour.pages, site.assets), siteHour.assets)),
    shift: div(mul(now.hits, siteHour.assets), mul(hour.hits, site.assets)),
    site_shift: div(mul(site.pages, siteHour.assets), mul(siteHour.pages, site.assets)),
  }),
})

const trees = { rounds: 100, leaves: 15, leafRowsMin: 40, l2: 20 }
const threshold = { falseRate: 0.0007 }
const split60 = byTime({ train: 0.6, validate: 0.2, test: 0.2 })
const gates = [notWorseThan('deployed', 'roc_auc', 0.005), stable('psi', 0.25)]

/** Addresses that attack alone or in few. Until a version is deployed, a rule on three counts decides. */
export const suspiciousIp = model('suspicious_ip', {
  on: ipSignals,
  label: intervals({ column: 'ip', field: 'addresses', keysMax: 9 }),
  train: gradientBoostedTrees(trees),
  split: split60,
  threshold,
  gates: [atLeast('roc_auc', 0.95), ...gates],
  serve: { http: true, fallback: (f) => or(gt(f.hits, 600), gt(f.failed_logins, 20), gt(f.distinct_paths, 300)) },
})

/** Parts of the site that many addresses attack together: at least ten of them, with at least a quarter of the hits. */
export const suspiciousSite = model('suspicious_site', {
  on: siteSignals,
  features: [
    ...(['hits_per_ip', 'refused_ratio', 'more_hits', 'more_refused', 'more_direct', 'more_than_loaded'] as const),
    ...(['site_more_than_loaded', 'shift', 'site_shift'] as const),
  ],
  label: intervals({ column: 'ip', field: 'addresses', keysMin: 10, shareMin: 0.25 }),
  train: gradientBoostedTrees(trees),
  split: split60,
  threshold,
  gates: [atLeast('roc_auc', 0.9), ...gates],
  serve: { http: true, fallback: (f) => or(gt(f.refused_posts, 300), gt(f.hits, 20_000)) },
})

/** Floods, guessed passwords, path scans and scraping by single addresses. */
export const attacks = alert('attacks', {
  on: suspiciousIp,
  when: (s) => s.decision,
  cooldown: '10m',
  runbook: 'runbooks/attack.md',
  notify: [webhook(env('ALERT_URL'))],
})

/** Attacks by many addresses together. */
export const siteAttacks = alert('site_attacks', {
  on: suspiciousSite,
  when: (s) => s.decision,
  cooldown: '10m',
  runbook: 'runbooks/attack.md',
  notify: [webhook(env('ALERT_URL'))],
})

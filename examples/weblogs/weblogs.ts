import {
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
  sum,
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

/** What each address did in the last five minutes, every minute. */
export const ipActivity = features('ip_activity', requests, {
  entity: 'ip',
  window: hopping('5m', { every: '1m' }),
  columns: (r) => ({
    hits: count(),
    errors: count({ where: gte(r.status, 400) }),
    failed_logins: count({ where: and(eq(r.path, '/login'), eq(r.status, 401)) }),
    distinct_paths: countDistinct(r.path, { max: 10_000 }),
    response_bytes: sum(r.response_bytes),
  }),
})

/** How it did it: no table of its own, a part of what the model sees. */
export const ipManner = features('ip_manner', requests, {
  entity: 'ip',
  window: hopping('5m', { every: '1m' }),
  columns: (r) => ({
    posts: count({ where: eq(r.http_method, 'POST') }),
    refused_posts: count({ where: and(eq(r.http_method, 'POST'), gte(r.status, 400), lt(r.status, 500)) }),
    direct: count({ where: and(eq(r.referer, '-'), not(coalesce(contains(lower(r.user_agent), 'bot'), false))) }),
    assets: count({ where: or(endsWith(r.path, '.jpg'), endsWith(r.path, '.png'), endsWith(r.path, '.css'), endsWith(r.path, '.js')) }),
    minutes: countDistinct(timeTruncate(r.event_time, 'minute'), { max: 5 }),
  }),
  table: false,
})

/** The same address over the past hour. */
export const ipHour = features('ip_hour', requests, {
  entity: 'ip',
  window: hopping('1h', { every: '1m' }),
  columns: (r) => ({ hits: count(), minutes: countDistinct(timeTruncate(r.event_time, 'minute'), { max: 60 }) }),
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
    pace: div(now.hits, hour.hits),
    hour_hits_per_minute: div(hour.hits, hour.minutes),
  }),
})

/** What all addresses together did to each part of the site (the first segment of the path), every minute. */
export const siteActivity = features('site_activity', requests, {
  entity: (r) => ({ segment: split(r.path, '/', 2) }),
  exchange: { partitions: 1 },
  window: tumbling('1m'),
  columns: (r) => ({
    hits: count(),
    errors: count({ where: gte(r.status, 400) }),
    distinct_ips: countDistinct(r.ip, { max: 100_000 }),
    failed_logins: count({ where: and(eq(r.path, '/login'), eq(r.status, 401)) }),
    refused_posts: count({ where: and(eq(r.http_method, 'POST'), gte(r.status, 400), lt(r.status, 500)) }),
    direct: count({ where: and(eq(r.referer, '-'), not(coalesce(contains(lower(r.user_agent), 'bot'), false))) }),
    distinct_paths: countDistinct(r.path, { max: 10_000 }),
  }),
  derive: (v) => ({
    error_ratio: div(v.errors, v.hits),
    refused_ratio: div(v.refused_posts, v.hits),
    hits_per_ip: div(v.hits, v.distinct_ips),
    direct_ratio: div(v.direct, v.hits),
    path_ratio: div(v.distinct_paths, v.hits),
  }),
})

/** The same part of the site over the past hour. */
export const siteHour = features('site_hour', requests, {
  entity: (r) => ({ segment: split(r.path, '/', 2) }),
  exchange: { partitions: 1 },
  window: hopping('1h', { every: '1m' }),
  columns: (r) => ({
    hits: count(),
    refused_posts: count({ where: and(eq(r.http_method, 'POST'), gte(r.status, 400), lt(r.status, 500)) }),
    direct: count({ where: and(eq(r.referer, '-'), not(coalesce(contains(lower(r.user_agent), 'bot'), false))) }),
    minutes: countDistinct(timeTruncate(r.event_time, 'minute'), { max: 60 }),
  }),
  table: false,
})

/** The whole site in the same minute. */
export const siteTotal = features('site_total', requests, {
  entity: [],
  exchange: {},
  window: tumbling('1m'),
  columns: () => ({ hits: count() }),
  table: false,
})

/** A part of the site now, beside its own past and the whole. */
export const siteSignals = joined('site_signals', siteActivity, {
  with: { hour: siteHour, site: siteTotal },
  columns: (now, { hour, site }) => ({
    pace: div(mul(now.hits, hour.minutes), hour.hits),
    direct_shift: div(mul(now.direct, hour.hits), mul(hour.direct, now.hits)),
    direct_pace: div(mul(now.direct, hour.minutes), hour.direct),
    refused_pace: div(mul(now.refused_posts, hour.minutes), hour.refused_posts),
    share_of_site: div(now.hits, site.hits),
  }),
})

const trees = { rounds: 100, leaves: 15, leafRowsMin: 40, l2: 20 }
const split60 = byTime({ train: 0.6, validate: 0.2, test: 0.2 })
const gates = [atLeast('roc_auc', 0.95), notWorseThan('deployed', 'roc_auc', 0.005), stable('psi', 0.25)]

/** Addresses that attack. Until a version is deployed, a rule on three counts decides. */
export const suspiciousIp = model('suspicious_ip', {
  on: ipSignals,
  label: intervals({ column: 'ip', field: 'addresses' }),
  train: gradientBoostedTrees(trees),
  split: split60,
  threshold: { falseRate: 0.0003 },
  gates,
  serve: { http: true, fallback: (f) => or(gt(f.hits, 600), gt(f.failed_logins, 20), gt(f.distinct_paths, 300)) },
})

/** Parts of the site that many addresses attack together: at least ten of them, with at least a quarter of the hits. */
export const suspiciousSite = model('suspicious_site', {
  on: siteSignals,
  features: [
    ...(['hits', 'error_ratio', 'hits_per_ip', 'path_ratio', 'pace', 'refused_posts', 'refused_ratio', 'refused_pace'] as const),
    ...(['direct_ratio', 'direct_shift', 'direct_pace'] as const),
  ],
  label: intervals({ column: 'ip', field: 'addresses', keysMin: 10, shareMin: 0.25 }),
  train: gradientBoostedTrees({ ...trees, classWeights: 'balanced' }),
  split: split60,
  threshold: { falseRate: 0.0003 },
  gates,
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

import { alert, and, contract, count, countDistinct, eq, features, gt, gte, hopping, logFiles, or, stream, sum, t } from 'millrace'

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

/** Floods, guessed passwords and path scans. */
export const attacks = alert('attacks', {
  on: ipActivity,
  when: (a) => or(gt(a.hits, 600), gt(a.failed_logins, 20), gt(a.distinct_paths, 300)),
  cooldown: '10m',
  runbook: 'runbooks/attack.md',
})

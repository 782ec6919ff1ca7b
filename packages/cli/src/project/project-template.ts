/** The files of a new project: one stream of access-log lines, one feature view, one alert, and a few lines to run. */
export function projectTemplate(name: string): Readonly<Record<string, string>> {
  return {
    'millrace.config.ts': `import { defineProject } from 'millrace'\n\nexport default defineProject({ name: '${name}' })\n`,
    'assets.ts': ASSETS,
    'runbooks/errors.md':
      '# Many errors from one address\n\nLook at the requests of the address: `npx millrace sql "select * from requests where ip = \'…\'"`.\n',
    'sample.log': sampleLines(),
    'package.json': `${JSON.stringify({ name, private: true, type: 'module' }, undefined, 2)}\n`,
    'tsconfig.json': `${JSON.stringify({ compilerOptions: { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, erasableSyntaxOnly: true } }, undefined, 2)}\n`,
    '.gitignore': 'node_modules/\n.millrace/\n',
  }
}

const ASSETS = `import { alert, contract, count, features, gt, gte, hopping, logFiles, stream, sum, t } from 'millrace'

export const AccessLog = contract('web.access', {
  eventTime: 'event_time',
  key: 'ip',
  fields: {
    event_time: t.timestamp(),
    ip: t.string({ sensitive: 'ip_address' }),
    request: t.string(),
    path: t.string({ nullable: true }),
    status: t.int32({ min: 100, max: 599 }),
    response_bytes: t.int64({ nullable: true, min: 0 }),
  },
})

export const requests = stream('requests', {
  contract: AccessLog,
  from: logFiles('logs/*.log', { format: 'combined', follow: true }),
  watermark: { delay: '30s' },
  late: 'keep',
})

export const ipActivity = features('ip_activity', requests, {
  entity: 'ip',
  window: hopping('5m', { every: '1m' }),
  columns: (r) => ({
    hits: count(),
    errors: count({ where: gte(r.status, 400) }),
    response_bytes: sum(r.response_bytes),
  }),
})

export const manyErrors = alert('many_errors', { on: ipActivity, when: (a) => gt(a.errors, 20), cooldown: '10m', runbook: 'runbooks/errors.md' })
`

/** Lines of the sample. */
const LINES = 200

function sampleLines(): string {
  const lines: string[] = []
  for (let i = 0; i < LINES; i++) {
    const time = `${String(9 + Math.floor(i / 120)).padStart(2, '0')}:${String(Math.floor(i / 2) % 60).padStart(2, '0')}:${i % 2 === 0 ? '07' : '41'}`
    const scanning = i % 4 === 0
    const ip = scanning ? '198.51.100.7' : `203.0.113.${1 + (i % 9)}`
    const request = scanning ? `GET /admin/${i} HTTP/1.1` : `GET /articles/${i % 7} HTTP/1.1`
    lines.push(`${ip} - - [05/Mar/2026:${time} +0000] "${request}" ${scanning ? 404 : 200} ${scanning ? 162 : 5000 + i} "-" "Mozilla/5.0"`)
  }
  return `${lines.join('\n')}\n`
}

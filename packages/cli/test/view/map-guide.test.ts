import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workbench } from '../dev/dev-process.ts'

const CASE_MS_MAX = 120_000
const IMPORTS = `import { aggregate, count, map, max, t, tumbling } from 'millrace'
import { requests } from './weblogs.ts'
`

/** The guide's code blocks that call a function, as a file of the project. */
function guideText(): string {
  const guide = readFileSync(new URL('../../../../docs/guide/views.md', import.meta.url), 'utf8')
  const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code).filter((code) => code.includes('fn:'))
  return IMPORTS + blocks.join('\n')
}

function line(second: number, path: string, agent: string): string {
  return `192.0.2.${second % 3} - - [01/Mar/2026:12:00:${String(second).padStart(2, '0')} +0000] "GET ${path} HTTP/1.1" 200 10 "-" "${agent}"\n`
}

describe('the guide about functions', () => {
  const bench = new Workbench()
  beforeAll(() => bench.run(['start']))
  afterAll(() => bench.close())

  it('declares views that run', { timeout: CASE_MS_MAX }, async () => {
    bench.write('agents.ts', guideText())
    const text = [line(1, '/a/b', 'curl/8.5'), line(2, '/', 'Mozilla/5.0'), line(3, '/a', 'Wget/1.2'), line(4, '/a/b/c', 'CURL/7')].join('')
    const input = bench.write('access.log', text)
    const run = await bench.json(['run', '--input', input])
    expect(run.error).toBeUndefined()
    expect(run.assets).toMatchObject({ agents: { rows: 4, dead_letters: 0 }, by_tool: { rows: 3, rows_in: 4 } })
    const { rows } = await bench.json(['sql', 'select tool, hits, deepest from by_tool order by tool nulls last', '--input', input])
    expect(rows).toEqual([
      ['curl', 2, 3],
      ['wget', 1, 1],
      [null, 1, 1],
    ])
  })
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { accessLines, Workbench } from './dev-process.ts'

describe('dev with a definition under which its state cannot go on', () => {
  const bench = new Workbench()
  afterAll(() => bench.close())

  it('refuses to go on, naming what changed, and starts over with --reset', async () => {
    writeFileSync(bench.log('access.log'), accessLines(0, 300))
    const first = bench.dev()
    await first.until((one) => one.taken === 300)
    await first.kill('SIGTERM')
    const declared = join(bench.project, 'weblogs.ts')
    writeFileSync(declared, readFileSync(declared, 'utf8').replace("hopping('5m', { every: '1m' })", "hopping('10m', { every: '1m' })"))
    const refused = await bench.run(['dev', '--json'])
    expect(refused.status).toBe(1)
    const { error } = JSON.parse(refused.stdout.trim().split('\n').at(-1) ?? '') as { error: { code: string; message: string; do: string } }
    expect(error.code).toBe('dev/definition-changed')
    expect(error.message).toContain('`ip_activity` has another window')
    expect(error.do).toContain('--reset')
    const again = bench.dev('--reset')
    await again.until((one) => one.taken === 300 && one.of('window').some((line) => line.asset === 'ip_activity'))
    expect(await again.kill('SIGTERM')).toBe(0)
    expect(await bench.json(['sql', 'select count(*) from requests'])).toMatchObject({ rows: [[300]] })
  })
})

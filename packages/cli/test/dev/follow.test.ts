import { appendFileSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessLines, type DevProcess, Workbench } from './dev-process.ts'

/** The steps build on each other: one `dev` lives through all of them. */
describe('dev follows log files', () => {
  const bench = new Workbench()
  const log = bench.log('access.log')
  let dev: DevProcess
  let written = 0
  const more = (count: number): string => {
    const text = accessLines(written, written + count)
    written += count
    return text
  }
  const allTaken = (): Promise<void> => dev.until((one) => one.taken === written)

  beforeAll(() => {
    dev = bench.dev()
  })
  afterAll(() => bench.close())

  it('says that nothing matches yet, and waits', async () => {
    await dev.until((one) => one.of('waiting').length === 1)
    expect(dev.of('waiting')[0]).toMatchObject({ stream: 'requests', patterns: ['logs/*.log'] })
  })

  it('finds a file that appears, and its growth', async () => {
    writeFileSync(log, more(500))
    await allTaken()
    appendFileSync(log, more(500))
    await allTaken()
    expect(dev.of('file').map((line) => line.event)).toEqual(['discovered'])
  })

  it('prints windows as the lines that close them come', async () => {
    const closed = await untilWindow(dev, '2026-03-01T00:07:00.000Z')
    expect(closed.every((line) => line.asset === 'ip_activity')).toBe(true)
    const ends = new Set(dev.of('window').map((line) => line.window_end))
    expect(ends.has('2026-03-01T00:08:00.000Z')).toBe(false)
  })

  it('raises an alert once, with evidence, runbook and sample lines, also of lines that the lake does not hold yet', async () => {
    expect(dev.of('alert')).toEqual([])
    appendFileSync(log, more(400))
    await dev.until((one) => one.of('alert').length === 1)
    expect(dev.of('alert')[0]).toMatchObject({
      asset: 'attacks',
      key: { ip: '10.0.0.66' },
      runbook: 'runbooks/attack.md',
      score: null,
      model: null,
    })
    expect((dev.of('alert')[0].evidence as { failed_logins: number }).failed_logins).toBeGreaterThan(20)
    const text = readFileSync(log, 'latin1')
    const samples = dev.of('alert')[0].sample_offsets as number[]
    expect(samples).toHaveLength(5)
    for (const offset of samples) expect(text.slice(offset, text.indexOf('\n', offset))).toMatch(/^10\.0\.0\.66 .*POST \/login/)
  })

  it('reads a renamed file to its end and goes on with the one that takes its name', async () => {
    renameSync(log, bench.log('access.log.1'))
    appendFileSync(bench.log('access.log.1'), more(100))
    writeFileSync(log, more(100))
    await allTaken()
  })

  it('begins anew after copy-truncate', async () => {
    copyFileSync(log, bench.log('access.log.2'))
    truncateSync(log, 0)
    appendFileSync(log, more(100))
    await allTaken()
  })

  it('goes on where it was when an editor replaces the file by a longer one', async () => {
    const text = accessLines(written - 100, written)
    writeFileSync(bench.log('swap.tmp'), text + more(100))
    renameSync(bench.log('swap.tmp'), log)
    await allTaken()
  })

  it('outlives a file that vanishes', async () => {
    rmSync(log)
    writeFileSync(bench.log('other.log'), more(100))
    await allTaken()
  })

  it('names a file that cannot be followed, and follows the rest', async () => {
    mkdirSync(bench.log('folder.log'))
    appendFileSync(bench.log('other.log'), `this is no log line\n\n${more(100)}`)
    await dev.until((one) => one.of('problem').length > 0 && one.taken === written + 2)
    expect(dev.of('problem')[0]).toMatchObject({ path: 'logs/folder.log', code: 'source/is-a-folder' })
    expect(dev.of('status').at(-1)).toMatchObject({ decoded: written, blank: 1, dead_letters: 1 })
  })

  it('refuses a second writer, naming the first, and lets readers in', async () => {
    const second = await bench.run(['dev', '--json'])
    expect(second.status).toBe(2)
    const { error } = JSON.parse(second.stdout) as { error: { code: string; message: string } }
    expect(error.code).toBe('state/writer-active')
    expect(error.message).toContain(String(dev.pid))
    expect((await bench.run(['sql', 'select count(*) from requests', '--json'])).status).toBe(0)
  })

  it('leaves within three seconds of being asked, with everything committed', async () => {
    const began = performance.now()
    expect(await dev.kill('SIGTERM')).toBe(0)
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(dev.of('stopped')[0]).toMatchObject({ drained: true })
    expect(await bench.json(['sql', 'select count(*) from requests'])).toMatchObject({ rows: [[written]] })
  })

  it('keeps every line once across the rotations', async () => {
    const distinct = await bench.json([
      'sql',
      'select count(distinct response_bytes), min(response_bytes), max(response_bytes) from requests',
    ])
    expect(distinct).toMatchObject({ rows: [[written, 0, written - 1]] })
  })
})

async function untilWindow(dev: DevProcess, end: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const found = (): readonly Readonly<Record<string, unknown>>[] => dev.of('window').filter((line) => line.window_end === end)
  await dev.until(() => found().length >= 10)
  return found()
}

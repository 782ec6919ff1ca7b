import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessLines, type DevProcess, Workbench } from './dev-process.ts'

interface Doctor {
  readonly healthy: boolean
  readonly findings: readonly { readonly code: string; readonly message: string; readonly do: string }[]
  readonly versions: Readonly<Record<string, string | null>>
  readonly writers: Readonly<Record<string, { readonly pid: number; readonly command: string } | null>>
  readonly scopes: readonly {
    readonly scope: string
    readonly log: {
      readonly live_bytes: number
      readonly topics: readonly { readonly topic: string; readonly lag: object }[]
      readonly state?: Readonly<Record<string, readonly { readonly keys: number; readonly tilesPerKeyMax: number }[]>>
    }
    readonly tables: readonly { readonly table: string; readonly rows: number }[]
  }[]
}

describe('doctor', () => {
  const bench = new Workbench()
  let dev: DevProcess
  const doctor = async (...args: readonly string[]): Promise<{ status: number; document: Doctor }> => {
    const { status, stdout } = await bench.run(['doctor', '--json', ...args])
    return { status, document: JSON.parse(stdout) as Doctor }
  }

  beforeAll(async () => {
    writeFileSync(bench.log('access.log'), accessLines(0, 1_200))
    // A one-hour window every second of one address: one tile per second.
    writeFileSync(
      join(bench.project, 'long.ts'),
      `import { count, features, hopping } from 'millrace'
import { requests } from './weblogs.ts'

export const longWindow = features('long_window', requests, { entity: 'ip', window: hopping('1h', { every: '1s' }), columns: () => ({ hits: count() }) })
`,
    )
    dev = bench.dev()
    await dev.until((one) => one.of('committed').some((line) => line.table === 'requests'))
  })
  afterAll(() => bench.close())

  it('names the writer, and finds a live state folder in order beside it', async () => {
    const { status, document } = await doctor()
    expect(document.findings).toEqual([])
    expect(status).toBe(0)
    expect(document.writers.dev).toMatchObject({ pid: dev.pid, command: 'dev' })
    expect(Object.values(document.versions).every((version) => typeof version === 'string')).toBe(true)
    const [live] = document.scopes
    expect(live.log.topics.find(({ topic }) => topic === 'requests')?.lag).toHaveProperty('stream:ip_activity')
    expect(live.tables.find(({ table }) => table === 'requests')?.rows).toBe(1_200)
    expect(live.log.state).toBeUndefined()
  })

  it('shows with a bare --state one tile per second and key of a one-hour window every second', async () => {
    await dev.kill('SIGTERM')
    const { document } = await doctor('--state', bench.state, '--state')
    const views = document.scopes[0].log.state ?? {}
    expect(views.long_window.reduce((sum, one) => sum + one.keys, 0)).toBe(11)
    // 1,200 lines at two a second from ten addresses: an address speaks in every fifth second, so in 120 of 600.
    expect(Math.max(...views.long_window.map((one) => one.tilesPerKeyMax))).toBe(120)
    expect(document.writers.dev).toBeNull()
  })

  it('finds a missing data file, says what to do, and fails', async () => {
    const folder = join(bench.state, 'lake/dev/requests/data')
    const [file] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))
    rmSync(join(folder, file))
    const { status, document } = await doctor()
    expect(status).toBe(2)
    expect(document.healthy).toBe(false)
    expect(document.findings).toMatchObject([{ code: 'lake/file-missing' }])
    expect(document.findings[0].message).toContain(file)
  })

  it('asks for a state folder where there is none', async () => {
    const { status, stdout } = await bench.run(['doctor', '--json', '--state', join(bench.folder, 'nothing')])
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'state/not-found' } })
  })
})

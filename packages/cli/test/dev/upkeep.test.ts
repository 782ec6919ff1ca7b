import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { orderLines, orderProject } from '../source/source-project.ts'
import { Workbench } from './dev-process.ts'

const CASE_MS_MAX = 120_000
/** Files of one size that are put together here. */
const FILES_MIN = 2

interface Table {
  readonly snapshots: readonly { readonly operation: string; readonly files: number; readonly rows: number }[]
}

const bench = new Workbench({
  ...orderProject("m.files('in/*.jsonl', { format: 'json-lines' })"),
  'millrace.config.ts': `import { defineProject } from 'millrace'
export default defineProject({ name: 'orders', lake: { compact: { filesMin: ${FILES_MIN} }, tables: { shop_orders: { compact: false } } } })\n`,
})
afterAll(() => bench.close())

it('dev puts small files together by itself, as declared, and stops at once', { timeout: CASE_MS_MAX }, async () => {
  const dev = bench.dev('--no-server')
  let files = 0
  let snapshots: Table['snapshots'] = []
  const deadline = performance.now() + CASE_MS_MAX / 2
  while (!snapshots.some(({ operation }) => operation === 'replace') && performance.now() < deadline) {
    bench.write(`in/${files}.jsonl`, orderLines(files * 100, files * 100 + 100))
    files += 1
    await sleep(2_500)
    // Before the first commit there is no table.
    snapshots = ((await bench.json(['tables', 'orders'])) as unknown as Partial<Table>).snapshots ?? []
  }
  expect(snapshots.filter(({ operation }) => operation === 'append').length).toBeGreaterThanOrEqual(FILES_MIN)
  expect(snapshots.find(({ operation }) => operation === 'replace')?.files).toBeLessThan(FILES_MIN)
  await dev.until((one) => one.taken === files * 100)
  const stopping = performance.now()
  expect(await dev.kill('SIGINT')).toBe(130)
  expect(performance.now() - stopping).toBeLessThan(10_000)
  expect(dev.of('problem').filter(({ table }) => table !== undefined)).toEqual([])
  const { rows } = await bench.json(['sql', 'select count(*), count(distinct number) from orders'])
  expect(rows).toEqual([[files * 100, files * 100]])
  const untouched = (await bench.json(['tables', 'shop_orders'])) as unknown as Table
  expect(new Set(untouched.snapshots.map(({ operation }) => operation))).toEqual(new Set(['append']))
})

it('a rule that cannot be is refused before anything starts', async () => {
  bench.write(
    'millrace.config.ts',
    "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'orders', lake: { keepSnapshot: 3 } })\n",
  )
  const { status, stdout } = await bench.run(['sql', 'select 1', '--json'])
  expect(status).toBe(1)
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'project/unknown-setting',
    message: expect.stringContaining('did you mean `keepSnapshots`'),
  })
})

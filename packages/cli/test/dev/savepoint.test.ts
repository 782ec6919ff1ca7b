import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type DevProcess, Workbench } from './dev-process.ts'

const CONFIGURATION = "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'shop' })\n"

function declarations(size: string, columns = ''): string {
  return `import { aggregate, contract, count, files, max, stream, sum, t, tumbling } from 'millrace'

const Order = contract('shop.order', {
  owner: 'shop',
  compatibility: 'backward',
  eventTime: 'at',
  key: 'shop',
  fields: { at: t.timestamp(), shop: t.string(), cents: t.int64() },
})

export const orders = stream('orders', {
  contract: Order,
  from: files('in/*.jsonl', { format: 'json-lines' }),
  watermark: { delay: '0s' },
  late: 'keep',
})

export const perShop = aggregate('per_shop', orders, {
  by: 'shop',
  window: tumbling('${size}'),
  columns: (r) => ({ orders: count(), cents: sum(r.cents)${columns} }),
})
`
}

function orders(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => {
    const at = new Date(Date.UTC(2026, 2, 1, 10) + (from + i) * 20_000).toISOString()
    return `${JSON.stringify({ at, shop: `shop ${(from + i) % 3}`, cents: from + i })}\n`
  }).join('')
}

describe('a savepoint', () => {
  const bench = new Workbench({ 'millrace.config.ts': CONFIGURATION, 'shop.ts': declarations('1m') })
  const input = join(bench.project, 'in', 'orders.jsonl')
  mkdirSync(join(bench.project, 'in'))
  afterAll(() => bench.close())

  const digest = async (): Promise<unknown> => (await bench.json(['digest'])).tables
  const failure = async (...args: string[]): Promise<{ code: string; message: string; do: string }> => {
    const { status, stdout } = await bench.run([...args, '--json'])
    expect(status).toBeGreaterThan(0)
    return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { error: { code: string; message: string; do: string } }).error
  }
  const perShopCommitted = (dev: DevProcess): boolean => dev.of('committed').some(({ table }) => table === 'per_shop')

  it('is made beside who runs, and brings log, state and tables back to that moment', async () => {
    writeFileSync(input, orders(0, 40))
    const dev = bench.dev()
    await dev.until((one) => one.taken === 40 && perShopCommitted(one))
    expect(await bench.json(['savepoint', 'create', 'before'])).toMatchObject({ savepoint: { name: 'before', project: 'shop' } })
    expect(await failure('savepoint', 'create', 'before')).toMatchObject({ code: 'savepoint/exists' })
    appendFileSync(input, orders(40, 80))
    await dev.until((one) => one.taken === 80)
    expect(await failure('savepoint', 'restore', 'before')).toMatchObject({ code: 'state/writer-active' })
    await dev.kill('SIGTERM')
    await bench.follow(80)
    const whole = await digest()
    expect((await bench.json(['sql', 'select count(*), sum(orders) from per_shop'])).rows).toEqual([[78, 78]])

    expect(await bench.json(['savepoint', 'list'])).toMatchObject({ env: 'dev', savepoints: [{ name: 'before' }] })
    await bench.json(['savepoint', 'restore', 'before'])
    expect((await bench.json(['sql', 'select count(*) from orders'])).rows).toEqual([[40]])
    await bench.follow(80)
    expect(await digest()).toEqual(whole)
  }, 180_000)

  it('of another plan is refused with what differs, and goes on under a plan that can', async () => {
    await bench.json(['savepoint', 'restore', 'before'])
    bench.write('shop.ts', declarations('2m'))
    const check = await bench.run(['savepoint', 'check', 'before', '--json'])
    expect(check.status).toBe(1)
    expect(check.stdout).toContain('has another window')
    const refused = await failure('up', '--no-server')
    expect(refused.code).toBe('dev/definition-changed')
    expect(refused.message).toContain('`per_shop` has another window')
    expect(await failure('savepoint', 'check', 'after')).toMatchObject({ code: 'savepoint/unknown' })
    expect(await failure('savepoint', 'create', '../after')).toMatchObject({ code: 'savepoint/bad-name' })

    bench.write('shop.ts', declarations('1m'))
    await bench.follow(80)
    bench.write('shop.ts', declarations('1m', ', most: max(r.cents)'))
    appendFileSync(input, orders(80, 120))
    await bench.follow(120)
    expect((await bench.json(['sql', 'select sum(orders), count(most) from per_shop'])).rows).toEqual([[117, 117 - 80]])
    await bench.json(['savepoint', 'drop', 'before'])
    expect(await bench.json(['savepoint', 'list'])).toEqual({ env: 'dev', savepoints: [] })
  }, 180_000)
})

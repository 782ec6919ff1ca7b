import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { fileExchange } from './file-exchange.ts'

const path = mkdtempSync(join(tmpdir(), 'millrace-exchange-'))
afterAll(() => rmSync(path, { recursive: true, force: true }))

it('puts every record into one of the parts, with the last one behind each, and takes all away again', async () => {
  const exchange = fileExchange({ path })(2)
  const records = Array.from({ length: 20 }, (_, i) => ({ key: `key-${i}`, value: `{"n":${i}}` }))
  const options = await exchange.put(records, '{"last":true}')
  expect(options).toMatchObject({ connector: 'filesystem', format: 'json', 'json.timestamp-format.standard': 'ISO-8601' })
  const folder = fileURLToPath(options.path)
  const parts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
  expect(parts.map((lines) => lines.at(-1))).toEqual(['{"last":true}', '{"last":true}'])
  const found = parts.flatMap((lines) => lines.slice(0, -1))
  expect(found.toSorted()).toEqual(records.map(({ value }) => value).toSorted())
  expect(parts.every((lines) => lines.length > 1)).toBe(true)
  await exchange.close()
  expect(readdirSync(path)).toEqual([])
})

it('reads what is whole, and nothing that is being written', async () => {
  const exchange = fileExchange({ path, url: 'file:///elsewhere/' })(1)
  const { options, read } = await exchange.results()
  expect(options.path).toMatch(/^file:\/\/\/elsewhere\/millrace-run-[0-9a-f-]+\/out-0$/)
  expect(options.format).toBe('debezium-json')
  expect(await read()).toEqual([])
  const folder = options.path.replace('file:///elsewhere', path)
  for (const name of ['.staging', 'deep']) mkdirSync(join(folder, name))
  const texts = { 'part-a': '1\n2\n', 'deep/part-b': '3\n', '.part-c.inprogress': '4\n', '_part-d': '5\n', '.staging/part-e': '6\n' }
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
  expect((await read()).toSorted()).toEqual(['1', '2', '3'])
  await exchange.close()
})

it('makes no folder that both sides do not share', async () => {
  await expect(fileExchange({ path: join(path, 'gone') })(1).results()).rejects.toMatchObject({ code: 'engine/no-shared-folder' })
  expect(readdirSync(path)).toEqual([])
})

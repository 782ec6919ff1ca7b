import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Workbench } from './dev-process.ts'

/** Is loaded into every thread of a process, and tells which folder of compiled code it has. */
const TELL = `const { appendFileSync } = require('node:fs')
const { getCompileCacheDir } = require('node:module')
const { isMainThread } = require('node:worker_threads')
if (!isMainThread) appendFileSync(process.env.THREADS_FILE, JSON.stringify(getCompileCacheDir() ?? null) + '\\n')
`

const bench = new Workbench()
afterAll(() => bench.close())

it('threads of the command keep their compiled code, as it does', { timeout: 120_000 }, async () => {
  const tell = bench.write('tell.cjs', TELL)
  const path = join(bench.folder, 'threads')
  writeFileSync(path, '')
  const dev = bench.devWith({ NODE_OPTIONS: `--require=${tell}`, THREADS_FILE: path, TMPDIR: bench.folder })
  await dev.until((one) => one.of('waiting').length > 0)
  expect(await dev.kill('SIGTERM')).toBe(0)
  const folders = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string | null)
  expect(folders.length).toBeGreaterThan(1)
  expect(folders.filter((folder) => folder?.startsWith(bench.folder) !== true)).toEqual([])
})

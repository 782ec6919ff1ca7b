import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { loadProject } from '../../src/project/load-project.ts'
import { Workbench } from '../dev/dev-process.ts'

const GUIDES = join(import.meta.dirname, '../../../../docs/guide')
const benches: Workbench[] = []
afterAll(() => Promise.all(benches.map((bench) => bench.close())))

it.each([
  ['push', 'orders', 'http-push'],
  ['pull', 'orders', 'http-pull'],
  ['files', 'orders', 'files'],
  ['blobs', 'images', 'blob-folder'],
  ['generator', 'readings', 'generator'],
  ['kafka', 'orders', 'kafka'],
])('the first file of the guide %s is a project as it stands', async (guide, stream, kind) => {
  const [, code] = /```ts\n(import [\s\S]*?)```/.exec(readFileSync(join(GUIDES, `${guide}.md`), 'utf8')) ?? []
  const bench = new Workbench({
    'package.json': '{"type":"module","private":true}\n',
    'millrace.config.ts': "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'guide' })\n",
    'assets.ts': code ?? '',
  })
  benches.push(bench)
  const { project } = await loadProject(bench.project)
  expect(project.streams).toMatchObject([{ name: stream, from: { kind } }])
})

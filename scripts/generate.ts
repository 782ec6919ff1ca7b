import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { consoleTypes } from './generate/console-types.ts'
import { functionsPage } from './generate/functions-page.ts'
import { openApiText } from './generate/open-api.ts'
import { planSchema } from './generate/plan-schema.ts'

/**
 * Writes the generated files; with `--check` compares them instead and fails where one is out of date.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))

const FILES: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference/functions.md': functionsPage,
  'docs/reference/plan.schema.json': () => `${JSON.stringify(planSchema(), undefined, 2)}\n`,
  'packages/server/openapi.json': openApiText,
  'packages/console/page/api.ts': consoleTypes,
}

const check = process.argv.includes('--check')
const stale: string[] = []
for (const [name, make] of Object.entries(FILES)) {
  const file = join(ROOT, name)
  const wanted = await make()
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue
  stale.push(name)
  if (check) continue
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, wanted)
}
if (check && stale.length > 0) {
  process.stderr.write(`Out of date: ${stale.join(', ')}. Run \`npm run generate\` and commit the result.\n`)
  process.exitCode = 1
} else {
  process.stdout.write(`${Object.keys(FILES).length} generated files, ${stale.length} ${check ? 'out of date' : 'written'}\n`)
}

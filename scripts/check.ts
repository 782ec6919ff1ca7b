// Everything that can be said about the code without running it: npm run check
// Each part runs even when an earlier one fails. The counts of parts go to the file named by MILLRACE_COUNTS.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

const PARTS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format', command: ['node_modules/@biomejs/biome/bin/biome', 'format', '--max-diagnostics=20'] },
  {
    name: 'lint',
    command: ['node_modules/@biomejs/biome/bin/biome', 'check', '--formatter-enabled=false', '--max-diagnostics=50', '--error-on-warnings'],
  },
  { name: 'tidy', command: ['scripts/tidy.ts'] },
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit'] },
  { name: 'page types', command: ['node_modules/typescript/bin/tsc', '-p', 'packages/console/tsconfig.json', '--noEmit'] },
  { name: 'dead code', command: ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'] },
  { name: 'generated', command: ['scripts/generate.ts', '--check'] },
]

const outcomes = PARTS.map(({ name, command }) => {
  console.log(`\n── ${name}`)
  const start = performance.now()
  const { status } = spawnSync(process.execPath, [...command], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  return { name, passed: status === 0, seconds: Math.round((performance.now() - start) / 100) / 10 }
})

console.log('')
for (const { name, passed, seconds } of outcomes) console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(11)} ${seconds.toFixed(1)} s`)
const failed = outcomes.filter(({ passed }) => !passed).length
const counts = process.env.MILLRACE_COUNTS
if (counts !== undefined) writeFileSync(counts, `${outcomes.length - failed} ${failed} 0\n`)
process.exitCode = failed === 0 ? 0 : 1

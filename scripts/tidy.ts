// Checks the rules of place, name and size that no other tool checks: npm run tidy
import { join } from 'node:path'
import { printFinding } from './tidy/finding.ts'
import type { Spread } from './tidy/size-rule.ts'
import { tidy } from './tidy/tidy.ts'

const { findings, files, functions } = tidy(join(import.meta.dirname, '..'))
for (const finding of findings) console.log(printFinding(finding))

const row = (name: string, { count, median, p90, max }: Spread, aim: string) =>
  `${name.padEnd(10)} ${String(count).padStart(6)}   median ${String(median).padStart(3)}   p90 ${String(p90).padStart(3)}   max ${String(max).padStart(3)}   ${aim}`
console.log(row('files', files, 'lines; aim at median 80, p90 250'))
console.log(row('functions', functions, 'lines; aim at p90 30'))
console.log(findings.length === 0 ? 'tidy: nothing found' : `tidy: ${findings.length} found`)
process.exitCode = findings.length === 0 ? 0 : 1

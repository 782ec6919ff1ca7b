import { checkBans } from './ban-rule.ts'
import { type CodeFile, isCode, isTest, parseCode } from './code-file.ts'
import { checkCycles } from './cycle-rule.ts'
import { checkDependencies } from './dependency-rule.ts'
import { checkDirection } from './direction-rule.ts'
import type { Finding } from './finding.ts'
import { checkLinks } from './link-rule.ts'
import { checkLock } from './lock-rule.ts'
import { checkNames } from './name-rule.ts'
import { checkSizes, type Spread, spreadOf } from './size-rule.ts'
import { listFiles, readTexts } from './source-tree.ts'
import { checkTexts } from './text-rule.ts'

export interface TidyReport {
  readonly findings: readonly Finding[]
  /** Lengths in lines, of code that is not a test. */
  readonly files: Spread
  readonly functions: Spread
}

/** Applies every rule to the repository at `root`. */
export function tidy(root: string): TidyReport {
  const paths = listFiles(root)
  const texts = readTexts(root, paths)
  const code = texts.filter(({ path }) => isCode(path)).map(parseCode)
  const findings = [
    ...checkDirection(code),
    ...checkCycles(code),
    ...checkSizes(code),
    ...checkBans(code),
    ...checkNames(paths),
    ...checkTexts(texts),
    ...checkLock(texts),
    ...checkDependencies(texts),
    ...checkLinks(texts, paths),
  ]
  return { findings, ...spreads(code.filter(({ path }) => !isTest(path))) }
}

function spreads(code: readonly CodeFile[]): { files: Spread; functions: Spread } {
  return {
    files: spreadOf(code.map(({ lines }) => lines)),
    functions: spreadOf(code.flatMap((file) => file.functions.map(({ lines }) => lines))),
  }
}

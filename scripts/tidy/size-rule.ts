import type { CodeFile } from './code-file.ts'
import type { Finding } from './finding.ts'

export const FILE_LINES_MAX = 600
export const FUNCTION_LINES_MAX = 70

/** Files and functions too long to hold in one's head. A `describe` callback is a list and not measured. */
export function checkSizes(files: readonly CodeFile[]): Finding[] {
  return files.flatMap((file) => {
    const long = file.functions.filter((one) => !one.isSuite && one.lines > FUNCTION_LINES_MAX)
    const functions = long.map(({ name, line, lines }) => ({
      rule: 'size',
      path: file.path,
      line,
      message: `${name} has ${lines} lines, at most ${FUNCTION_LINES_MAX}; split it where a part has a name.`,
    }))
    if (file.lines <= FILE_LINES_MAX) return functions
    return [
      { rule: 'size', path: file.path, message: `has ${file.lines} lines, at most ${FILE_LINES_MAX}; split it by its nouns.` },
      ...functions,
    ]
  })
}

export interface Spread {
  readonly count: number
  readonly median: number
  readonly p90: number
  readonly max: number
}

/** Nearest-rank percentiles; zeros when there is nothing to measure. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { count: sorted.length, median: at(0.5), p90: at(0.9), max: at(1) }
}

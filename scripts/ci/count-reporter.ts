import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

const MESSAGE_CHARS_MAX = 2_000
/** Files that are told of with the time that they took. */
const LONGEST_MAX = 30

/**
 * Says why each skipped test was skipped and which files took longest, writes `passed failed skipped` to the file named by MILLRACE_COUNTS, and what failed to the one
 * named by MILLRACE_FAILURES. A file that could not be loaded, and an error outside every test, count as one failure each.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string) => tests.filter((test) => test.result().state === state)
    const skipped = inState('skipped')
    for (const test of skipped) console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName}: ${reasonOf(test)}`)
    for (const line of longestOf(modules)) console.log(line)
    const broken = modules.filter(
      (module) => module.errors().length > 0 || [...module.children.allSuites()].some((suite) => suite.errors().length > 0),
    )
    const failed = inState('failed').length + broken.length + unhandled.length
    const file = process.env.MILLRACE_COUNTS
    if (file !== undefined) writeFileSync(file, `${inState('passed').length} ${failed} ${skipped.length}\n`)
    const failures = process.env.MILLRACE_FAILURES
    if (failures === undefined || failed === 0) return
    const lines = [
      ...inState('failed').map((test) => `${test.module.relativeModuleId} > ${test.fullName}\n${messagesOf(test)}`),
      ...broken.map((module) => `${module.relativeModuleId} could not be run`),
      ...unhandled.map((error) => `outside every test: ${error instanceof Error ? error.stack : JSON.stringify(error)}`),
    ]
    writeFileSync(failures, `${lines.join('\n')}\n`)
  }
}

/** The files that took longest, with the seconds of their tests and of all around them. */
function longestOf(modules: readonly TestModule[]): string[] {
  const took = modules.map((module) => {
    const { duration, collectDuration, setupDuration, prepareDuration, environmentSetupDuration } = module.diagnostic()
    return { file: module.relativeModuleId, ms: duration + collectDuration + setupDuration + prepareDuration + environmentSetupDuration }
  })
  const ordered = took.toSorted((a, b) => b.ms - a.ms).slice(0, LONGEST_MAX)
  return ['longest files, seconds:', ...ordered.map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(7)}  ${file}`)]
}

/** The messages of a failed test and where they came from, shortened. */
function messagesOf(test: TestCase): string {
  const errors = test.result().errors ?? []
  return errors.map(({ message, stacks }) => `    ${message.slice(0, MESSAGE_CHARS_MAX)}${placeOf(stacks?.[0])}`).join('\n')
}

function placeOf(frame: { readonly file: string; readonly line: number } | undefined): string {
  return frame === undefined ? '' : ` (${relative(process.cwd(), frame.file)}:${frame.line})`
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  return note ?? (test.options.mode === 'todo' ? 'still to be written' : 'no reason given')
}

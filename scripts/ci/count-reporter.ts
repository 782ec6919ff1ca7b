import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * Says why each skipped test was skipped, and writes `passed failed skipped` to the file named by MILLRACE_COUNTS.
 * A file that could not be loaded, and an error outside every test, count as one failure each.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string) => tests.filter((test) => test.result().state === state)
    const skipped = inState('skipped')
    for (const test of skipped) console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName}: ${reasonOf(test)}`)
    const broken = modules.filter(
      (module) => module.errors().length > 0 || [...module.children.allSuites()].some((suite) => suite.errors().length > 0),
    )
    const failed = inState('failed').length + broken.length + unhandled.length
    const file = process.env.MILLRACE_COUNTS
    if (file !== undefined) writeFileSync(file, `${inState('passed').length} ${failed} ${skipped.length}\n`)
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  return note ?? (test.options.mode === 'todo' ? 'still to be written' : 'no reason given')
}

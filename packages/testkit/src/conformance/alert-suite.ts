import type { Value } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { compareResults } from '../compare-results.ts'
import { ALERT_SCENARIOS, type AlertScenario } from './alert-scenarios.ts'

/** Gives the rows of the view that raise the alert, in any order. */
export type AlertJudge = (scenario: AlertScenario) => readonly (readonly Value[])[] | Promise<readonly (readonly Value[])[]>

/** Declares a vitest test per alert scenario. */
export function describeAlertConformance(name: string, judge: AlertJudge): void {
  describe(`alert conditions of ${name}`, () => {
    for (const scenario of ALERT_SCENARIOS) {
      test(scenario.name, async () => {
        const { columns } = scenario
        const expected = { columns, rows: scenario.raised.map((place) => scenario.rows[place]), late: [] }
        expect(compareResults(expected, { columns, rows: await judge(scenario), late: [] })).toBeUndefined()
      })
    }
  })
}

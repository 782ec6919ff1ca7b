export { decodeRow, jsonFromValue, valueFromJson } from './case/decode-row.ts'
export { TEST_FUNCTIONS, withModules } from './case/map-functions.ts'
export { linesText, type PlanCase, type PlanRunLine, type PreparedCase, prepareCase } from './case/plan-case.ts'
export { compareResults, type ExpectedResult } from './compare-results.ts'
export { ALERT_SCENARIOS, type AlertScenario } from './conformance/alert-scenarios.ts'
export { type AlertJudge, describeAlertConformance } from './conformance/alert-suite.ts'
export {
  CONFORMANCE_SCENARIOS,
  describeConformance,
  type Gaps,
  scenarioDifference,
  scenarioResult,
} from './conformance/conformance-suite.ts'
export type { Scenario } from './conformance/scenario.ts'
export { type Balance, balanceOf, describeBalances } from './equivalence/balance-suite.ts'
export { describeEquivalence, differenceText, type EquivalenceOptions, seedOr } from './equivalence/equivalence-suite.ts'
export { type Difference, differenceOn, type EngineUnderTest, findDifference, type SearchOptions } from './equivalence/find-difference.ts'
export { describeFunctions, type FunctionOptions } from './equivalence/function-suite.ts'
export type { PlantedBug } from './equivalence/plant.ts'
export { PLANTED_BUGS } from './equivalence/planted-bug.ts'
export { describePlantedBugs, type PlantedBugOptions } from './equivalence/planted-bug-suite.ts'
export { writeReplay } from './equivalence/replay-file.ts'
export { describeTogether, type TogetherOptions } from './equivalence/together-suite.ts'
export { expectedResult } from './expected-result.ts'
export { type TestMember, tarOf, zipOf } from './fixture/archive-bytes.ts'
export { RedisServer, redisMissing } from './fixture/redis-server.ts'
export { CaseArbitrary } from './generate/case-arbitrary.ts'
export { GRAPH_KINDS, type GraphKind } from './generate/graph-builder.ts'
export type { PlanFeatures } from './generate/random-plan.ts'

export { type AlertCondition, raisedAlerts } from './alert-condition.ts'
export { referenceRunner, runReference } from './reference-runner.ts'
export { type InputLine, stampRows } from './stamp.ts'

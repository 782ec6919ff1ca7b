import { raisedAlerts } from '@millrace/reference'
import { describeAlertConformance } from './alert-suite.ts'

describeAlertConformance('reference', (scenario) => raisedAlerts(scenario, scenario))

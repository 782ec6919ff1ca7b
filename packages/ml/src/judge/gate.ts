import type { GateDeclaration, Metric } from '@millrace/core'
import type { GateRecord } from '@millrace/store'
import { CLASS_ROWS_MIN, type Estimate, prAucDifference, rocAucDifference } from './interval.ts'
import { metricOf } from './metric.ts'
import type { Profile } from './profile.ts'
import { PSI_ROWS_MIN, stabilityIndex } from './psi.ts'

/** The rows of the test range, as a version scores them. */
export interface JudgedRows {
  readonly labels: Uint8Array
  readonly scores: Float64Array
}

/** What gates look at. What is not there makes the gates that need it fail. */
export interface GateEvidence {
  /** Undefined: the version was not judged on labelled rows. */
  readonly test: JudgedRows | undefined
  /** The deployed version on the same rows; undefined when nothing is deployed; a sentence when it could not score them. */
  readonly deployed: { readonly version: number; readonly scores: Float64Array | string } | undefined
  /** The training set's features, and the test range's columns by name. */
  readonly profile: Profile | undefined
  readonly columns: ReadonlyMap<string, Float32Array>
  readonly seed: number
}

/** Judges a version by its declared gates. A gate that has nothing to look at fails and says so. */
export function checkGates(gates: readonly GateDeclaration[], evidence: GateEvidence): readonly GateRecord[] {
  return gates.map((gate) => {
    switch (gate.kind) {
      case 'at-least':
        return floorGate(gate, evidence)
      case 'not-worse-than':
        return comparisonGate(gate, evidence)
      default:
        return stabilityGate(gate, evidence)
    }
  })
}

type Gate<K extends GateDeclaration['kind']> = Extract<GateDeclaration, { readonly kind: K }>

function floorGate({ metric, limit }: Gate<'at-least'>, { test }: GateEvidence): GateRecord {
  const gate = { name: metric as string, limit }
  const missing = missingRows(metric, test)
  if (missing !== undefined || test === undefined)
    return { ...gate, value: null, passed: false, evidence: `${metric} cannot be judged: ${missing}` }
  const value = metricOf(metric, test.labels, test.scores) as number
  const passed = value >= limit
  return { ...gate, value, passed, evidence: `${metric} is ${shown(value)} on the test range; at least ${limit} is declared` }
}

function comparisonGate({ metric, margin }: Gate<'not-worse-than'>, { test, deployed, seed }: GateEvidence): GateRecord {
  const gate = { name: `${metric}_against_deployed`, limit: -margin }
  if (deployed === undefined) return { ...gate, value: null, passed: true, evidence: 'nothing is deployed to compare with' }
  const cannot = (why: string): GateRecord => ({
    ...gate,
    value: null,
    passed: false,
    evidence: `${metric} cannot be compared with deployed version ${deployed.version}: ${why}`,
  })
  const missing = missingRows(metric, test)
  if (missing !== undefined || test === undefined) return cannot(String(missing))
  if (typeof deployed.scores === 'string') return cannot(deployed.scores)
  const difference = differenceOf(metric, { ...test, others: deployed.scores }, seed)
  if (difference === null) return cannot(`the test range has fewer than ${CLASS_ROWS_MIN} rows of a class`)
  const passed = difference.low >= -margin
  return {
    ...gate,
    value: difference.low,
    passed,
    evidence: `${metric} differs from deployed version ${deployed.version} by ${shown(difference.value)} (95 % between ${shown(difference.low)} and ${shown(difference.high)}); it may be lower by ${margin}`,
  }
}

function differenceOf(metric: Metric, rows: JudgedRows & { readonly others: Float64Array }, seed: number): Estimate | null {
  return metric === 'roc_auc' ? rocAucDifference(rows.labels, rows.scores, rows.others) : prAucDifference(rows.labels, rows, seed)
}

function missingRows(metric: Metric, test: JudgedRows | undefined): string | undefined {
  if (test === undefined) return 'there are no labelled rows'
  const positives = test.labels.reduce((sum, label) => sum + label, 0)
  const negatives = test.labels.length - positives
  if (positives >= CLASS_ROWS_MIN && negatives >= CLASS_ROWS_MIN) return undefined
  return `the test range has ${positives} positive and ${negatives} negative rows, ${metric} needs ${CLASS_ROWS_MIN} of each`
}

function stabilityGate({ limit }: Gate<'stable'>, { profile, columns }: GateEvidence): GateRecord {
  const gate = { name: 'psi', limit }
  const cannot = (why: string): GateRecord => ({ ...gate, value: null, passed: false, evidence: `psi cannot be judged: ${why}` })
  if (profile === undefined) return cannot('there is no training set to compare with')
  let worst: { readonly name: string; readonly value: number } | undefined
  for (const [name, feature] of Object.entries(profile)) {
    const column = columns.get(name)
    if (column === undefined) return cannot(`the test range has no column \`${name}\``)
    const value = stabilityIndex(feature, column)
    if (value === null) return cannot(`fewer than ${PSI_ROWS_MIN} rows in the training or the test range (${column.length})`)
    if (worst === undefined || value > worst.value) worst = { name, value }
  }
  if (worst === undefined) return cannot('the model has no feature')
  const { name, value } = worst
  return {
    ...gate,
    value,
    passed: value <= limit,
    evidence: `psi of \`${name}\`, the greatest, is ${shown(value)}; at most ${limit} is declared`,
  }
}

function shown(value: number): string {
  return String(Number(value.toFixed(6)))
}

import type { RangeFigures, VersionFigures } from '@millrace/ml'
import type { Deployment, ModelVersion } from '@millrace/store'

/** A version as commands print it. */
export interface VersionDocument {
  readonly name: string
  readonly version: number
  readonly status: ModelVersion['status']
  readonly source: ModelVersion['source']
  readonly created_at: string
  readonly artifact_sha256: string
  readonly threshold: number
  readonly features: readonly string[]
  readonly train?: VersionFigures['train']
  readonly validate?: RangeFigures
  readonly test?: RangeFigures
  readonly threshold_choice?: VersionFigures['threshold']
  readonly decisions?: VersionFigures['decisions']
  readonly gates: ModelVersion['gates']
  readonly training_set: unknown
}

export function versionDocument(version: ModelVersion): VersionDocument {
  const figures = figuresOf(version)
  return {
    name: version.model,
    version: version.version,
    status: version.status,
    source: version.source,
    created_at: version.createdAt.toISOString(),
    artifact_sha256: version.artifactSha256,
    threshold: version.threshold,
    features: version.features,
    ...(figures === undefined
      ? {}
      : {
          train: figures.train,
          validate: figures.validate,
          test: figures.test,
          threshold_choice: figures.threshold,
          decisions: figures.decisions,
        }),
    gates: version.gates,
    training_set: version.trainingSet,
  }
}

/** What the version's judgement found; undefined when it was registered without labels. */
export function figuresOf(version: ModelVersion): VersionFigures | undefined {
  return version.figures === null ? undefined : (version.figures as unknown as VersionFigures)
}

export function deploymentDocument(deployment: Deployment): Record<string, unknown> {
  const { env, model, version, reason, by, deployedAt } = deployment
  return { env, model, version, reason, by, deployed_at: deployedAt.toISOString() }
}

/** Gates and figures of a version for people. */
export function versionText(version: ModelVersion): string {
  const figures = figuresOf(version)
  const lines = [`${version.model} version ${version.version} · ${version.status} · threshold ${shown(version.threshold)}`]
  if (figures !== undefined) {
    const { train, test, threshold, decisions } = figures
    lines.push(`  ${version.source === 'trained' ? 'trained on ' : 'beside rows'}  ${range(train)}`)
    lines.push(`  judged on    ${range(test)}`)
    const interval = test.roc_auc_interval === null ? '' : ` (${test.roc_auc_interval.map(shown).join(' to ')})`
    lines.push(`  roc_auc ${shown(test.roc_auc)}${interval} · pr_auc ${shown(test.pr_auc)} · log loss ${shown(test.log_loss)}`)
    lines.push(
      `  found ${decisions.true_positives} of ${decisions.true_positives + decisions.false_negatives} positive rows, ${decisions.false_positives} of ${decisions.true_negatives + decisions.false_positives} others`,
    )
    if (threshold !== null)
      lines.push(
        `  threshold from ${threshold.negatives} negative rows, ${threshold.false_positives} of them false; the true rate is below ${shown(threshold.false_rate_upper)} (95 %)`,
      )
  }
  for (const gate of version.gates) lines.push(`  ${gate.passed ? '✓' : '✗'} ${gate.evidence}`)
  return lines.join('\n')
}

function range({
  from,
  to,
  rows,
  positives,
}: {
  readonly from: string
  readonly to: string
  readonly rows: number
  readonly positives: number
}): string {
  return `${from} to ${to}: ${rows.toLocaleString('en-US')} rows, ${positives.toLocaleString('en-US')} positive`
}

function shown(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(5)))
}

import { columnOf } from '@millrace/columnar'
import { userError } from '@millrace/core'
import { numbersOf } from './set-part.ts'
import { counts, evidenceSql, type SetShape } from './set-sql.ts'
import type { CoveredRange, TrainingSetRequest } from './training-set.ts'

/** Why no row is positive: the times and keys of the labels beside those of the rows. */
export async function nothingMatches(request: TrainingSetRequest, shape: SetShape, range: CoveredRange): Promise<Error> {
  const { labels } = shape.labels
  const counted = labels.filter((label) => counts(label.keys, shape.labels))
  const keys = await keyEvidence(request, shape)
  const span = spanOf(labels)
  const rows = { from: isoText(range.from), to: isoText(range.to), rows: range.rows }
  const many = `${counted.length} of ${labels.length} labels`
  const why =
    counted.length === 0 && labels.length > 0
      ? `each of the ${labels.length} labels has fewer than ${shape.labels.keysMin} keys${shape.labels.keysMax === undefined ? '' : ` or more than ${shape.labels.keysMax}`}`
      : `${many} count, from ${span?.from} to ${span?.to}; of their ${keys.keys} keys ${keys.occur} occur`
  const message =
    labels.length === 0
      ? `The label file ${request.labels.file.path} holds no label.`
      : `No label matches a row of \`${request.view.name}\` (${rows.from} to ${rows.to}): ${why}.`
  return userError('model/labels-match-nothing', message, {
    asked: { labels: labels.length, counted: counted.length, ...span, keys: keys.keys },
    found: { ...rows, [`keys_that_occur`]: keys.occur, [`some_${shape.labels.column}`]: keys.sample },
    do: `Give the labels of this history; their keys are values of \`${shape.labels.column}\`.`,
  })
}

interface KeyEvidence {
  readonly keys: number
  readonly occur: number
  readonly sample: string
}

async function keyEvidence(request: TrainingSetRequest, shape: SetShape): Promise<KeyEvidence> {
  let evidence: KeyEvidence = { keys: 0, occur: 0, sample: '' }
  for await (const batch of request.query(evidenceSql(shape))) {
    const sample = columnOf(batch, 'sample')
    evidence = {
      keys: numbersOf(batch, 'keys')[0],
      occur: numbersOf(batch, 'occur')[0],
      sample: sample?.kind === 'string' && sample.nulls?.[0] !== 1 ? sample.dictionary.text(sample.codes[0]) : '',
    }
  }
  return evidence
}

function spanOf(labels: TrainingSetRequest['labels']['file']['labels']): { readonly from: string; readonly to: string } | undefined {
  if (labels.length === 0) return undefined
  const from = labels.reduce((least, label) => Math.min(least, label.from), Number.POSITIVE_INFINITY)
  const to = labels.reduce((greatest, label) => Math.max(greatest, label.to), Number.NEGATIVE_INFINITY)
  return { from: isoText(from), to: isoText(to) }
}

function isoText(ms: number): string {
  return new Date(ms).toISOString()
}

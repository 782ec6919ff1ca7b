import { columnOf } from '@millrace/columnar'
import { userError } from '@millrace/core'
import type { Label, LabelFile } from './label-file.ts'
import { numbersOf } from './set-part.ts'
import { counts, evidenceSql, type SetShape } from './set-sql.ts'
import type { CoveredRange, MomentSetLabels, TrainingSetRequest } from './training-set.ts'

/** Why no row is positive: the times and keys of the labels beside those of the rows. */
export async function nothingMatches(
  request: TrainingSetRequest,
  shape: SetShape,
  { range, file }: { readonly range: CoveredRange; readonly file: LabelFile },
): Promise<Error> {
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
      ? `The label file ${file.path} holds no label.`
      : `No label matches a row of \`${request.view.name}\` (${rows.from} to ${rows.to}): ${why}.`
  return userError('model/labels-match-nothing', message, {
    asked: { labels: labels.length, counted: counted.length, ...span, keys: keys.keys },
    found: { ...rows, [`keys_that_occur`]: keys.occur, [`some_${shape.labels.column}`]: keys.sample },
    do: `Give the labels of this history; their keys are values of \`${shape.labels.column}\`.`,
  })
}

/** Why no labelled moment that is positive sees a row. */
export function noMomentSees({ view }: TrainingSetRequest, { file, maxAgeMs, knownTime }: MomentSetLabels, range: CoveredRange): Error {
  const positives = file.moments.filter(({ positive }) => positive).length
  const limits = [
    'with its key and an earlier time',
    ...(maxAgeMs === undefined ? [] : [`not older than ${maxAgeMs} ms`]),
    ...(knownTime ? ['available before the label became known'] : []),
  ]
  return userError(
    'model/labels-match-nothing',
    `None of the ${positives} positive of ${file.moments.length} labels sees a row of \`${view.name}\` ${limits.join(', ')}.`,
    {
      asked: { labels: file.moments.length, positives },
      found: { labels_that_see_a_row: range.rows },
      do: 'Give the labels of this history; their lines hold the columns of the key, and times within it.',
    },
  )
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

function spanOf(labels: readonly Label[]): { readonly from: string; readonly to: string } | undefined {
  if (labels.length === 0) return undefined
  const from = labels.reduce((least, label) => Math.min(least, label.from), Number.POSITIVE_INFINITY)
  const to = labels.reduce((greatest, label) => Math.max(greatest, label.to), Number.NEGATIVE_INFINITY)
  return { from: isoText(from), to: isoText(to) }
}

function isoText(ms: number): string {
  return new Date(ms).toISOString()
}

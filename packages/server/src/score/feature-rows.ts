import { type MillraceError, userError } from '@millrace/core'
import type { ScoredModel } from '../view/scoring-view.ts'

type FeatureValues = Readonly<Record<string, string | number | boolean | null>>

const INTEGER_TEXT = /^-?\d{1,19}$/

/** Puts the features of requests into a row-major matrix in the model's order. NULL is NaN; values become float32 here. */
export function featureRows(model: ScoredModel, rows: readonly FeatureValues[]): Float32Array {
  const width = model.features.length
  const matrix = new Float32Array(rows.length * width)
  for (let row = 0; row < rows.length; row++) fillRow(matrix, row * width, { model, values: rows[row] })
  return matrix
}

function fillRow(matrix: Float32Array, at: number, { model, values }: { model: ScoredModel; values: FeatureValues }): void {
  const { features } = model
  for (let i = 0; i < features.length; i++) {
    const value = values[features[i]]
    if (typeof value === 'number') matrix[at + i] = value
    else if (value === null) matrix[at + i] = Number.NaN
    else if (typeof value === 'boolean') matrix[at + i] = value ? 1 : 0
    else if (value === undefined) throw missing(model, features[i], values)
    else if (INTEGER_TEXT.test(value)) matrix[at + i] = Number(value)
    else throw notNumber(features[i], value)
  }
  let given = 0
  for (const _ in values) given++
  if (given > features.length) throw unknown(model, values)
}

function missing(model: ScoredModel, feature: string, values: FeatureValues): MillraceError {
  return userError('score/missing-feature', `\`${model.name}\` was asked for a score without its feature \`${feature}\`.`, {
    asked: Object.keys(values),
    found: model.features,
    do: 'Give every feature found; null says that a value is not known.',
  })
}

function unknown(model: ScoredModel, values: FeatureValues): MillraceError {
  const known = new Set(model.features)
  const strange = Object.keys(values).filter((name) => !known.has(name))
  return userError('score/unknown-feature', `\`${strange[0]}\` is no feature of \`${model.name}\`.`, {
    asked: strange,
    found: model.features,
    do: 'Leave out what the model does not take.',
  })
}

function notNumber(feature: string, value: string): MillraceError {
  return userError('score/not-a-number', `Feature \`${feature}\` must be a number, a boolean or null; found the text "${value}".`, {
    asked: value,
    found: 'text',
    do: 'Send the number itself, without quotes (integers beyond 2^53 as digits in quotes).',
  })
}

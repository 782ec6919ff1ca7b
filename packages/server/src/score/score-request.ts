import { type MillraceError, userError } from '@millrace/core'
import { SCORE_ROWS_MAX, type ScoreAnswer, type ScoredRow, type ScoreRequest } from '../schema/score.ts'
import type { ScoredModel, ScoredRows, ScoringView } from '../view/scoring-view.ts'
import { featureRows } from './feature-rows.ts'

/** Answers one request: by features, by many rows of features, or by the key of a row the stream has made. */
export async function answerScore(scoring: ScoringView, name: string, request: ScoreRequest): Promise<ScoreAnswer> {
  const model = scoring.model(name)
  if (model === undefined) throw unknownModel(scoring, name)
  if (request.features !== undefined && request.key === undefined && request.rows === undefined) {
    const scored = await scoring.score(name, featureRows(model, [request.features]), 1)
    return oneRow(name, scored, { stalenessMs: null, featuresAt: null })
  }
  if (request.key !== undefined && request.features === undefined && request.rows === undefined) return byKey(scoring, model, request.key)
  if (request.rows !== undefined && request.key === undefined && request.features === undefined)
    return manyRows(scoring, model, request.rows)
  throw userError('score/one-of-three', 'A request names exactly one of `key`, `features` and `rows`.', {
    asked: Object.keys(request),
    found: ['key', 'features', 'rows'],
    do: 'Send {"key": {…}}, {"features": {…}} or {"rows": [{…}, …]}.',
  })
}

async function byKey(scoring: ScoringView, model: ScoredModel, key: NonNullable<ScoreRequest['key']>): Promise<ScoreAnswer> {
  const given = Object.keys(key)
  if (given.length !== model.keys.length || !model.keys.every((column) => column in key)) {
    throw userError('score/wrong-key', `The rows of \`${model.name}\` are known by ${model.keys.join(', ')}.`, {
      asked: given,
      found: model.keys,
      do: 'Give exactly the columns found.',
    })
  }
  const latest = await scoring.latest(model.name, key)
  if (latest === undefined) {
    throw userError('score/unknown-key', `\`${model.name}\` has no row for ${JSON.stringify(key)}.`, {
      asked: key,
      do: 'Ask by `features`, or wait until a window with this key has closed.',
    })
  }
  const scored = await scoring.score(model.name, latest.row, 1)
  return oneRow(model.name, scored, latest)
}

async function manyRows(scoring: ScoringView, model: ScoredModel, rows: NonNullable<ScoreRequest['rows']>): Promise<ScoreAnswer> {
  if (rows.length === 0 || rows.length > SCORE_ROWS_MAX) {
    throw userError('score/batch-size', `A request has 1 to ${SCORE_ROWS_MAX} rows; found ${rows.length}.`, {
      asked: rows.length,
      found: SCORE_ROWS_MAX,
      do: 'Split the rows over several requests.',
    })
  }
  const scored = await scoring.score(model.name, featureRows(model, rows), rows.length)
  return {
    model: model.name,
    version: scored.version,
    threshold: scored.threshold,
    rows: rows.map((_, row) => scoredRow(scored, row)),
  }
}

interface Freshness {
  readonly stalenessMs: number | null
  readonly featuresAt: number | null
}

function oneRow(model: string, scored: ScoredRows, { stalenessMs, featuresAt }: Freshness): ScoreAnswer {
  const { score, decision, decided_by } = scoredRow(scored, 0)
  const byModel = decided_by === 'model'
  return {
    model,
    version: byModel ? scored.version : null,
    score,
    threshold: byModel ? scored.threshold : null,
    decision,
    decided_by,
    staleness_ms: stalenessMs,
    features_at: featuresAt === null ? null : new Date(featuresAt).toISOString(),
  }
}

function scoredRow(scored: ScoredRows, row: number): ScoredRow {
  const score = scored.scores[row]
  return {
    score: Number.isFinite(score) ? score : null,
    decision: scored.decisions[row] === 1,
    decided_by: scored.fallback[row] === 1 ? 'fallback' : 'model',
  }
}

function unknownModel(scoring: ScoringView, name: string): MillraceError {
  return userError('score/unknown-model', `There is no model \`${name}\` to score with.`, {
    asked: name,
    found: scoring.names(),
    do: 'Use one of the models found; GET /api/models lists them with their versions.',
  })
}

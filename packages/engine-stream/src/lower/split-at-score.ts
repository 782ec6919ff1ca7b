import { type CheckedPlan, checkPlan, type ScoreNode } from '@millrace/core'

/** A plan whose output a model scores: what the engine runs, and what is left to the scorer. */
export interface ScoredPlan {
  /** The plan below the score node; its output is what the model sees. */
  readonly features: CheckedPlan
  readonly score: ScoreNode
}

/**
 * Cuts a plan at its score node, which must be its output; undefined when the output is another node. The engine runs
 * `features`, and a scorer adds the columns of `score` to its rows.
 *
 * @example
 * const scored = splitAtScore(compileAsset(suspiciousIp))
 */
export function splitAtScore(plan: CheckedPlan): ScoredPlan | undefined {
  const { node } = plan.output
  if (node.kind !== 'score') return undefined
  const { hash: _, ...rest } = plan.plan
  const nodes = plan.plan.nodes.filter(({ id }) => id !== node.id)
  return { features: checkPlan({ ...rest, nodes, output: node.input }), score: node }
}

import Type from 'typebox'
import type { App, AppContext } from '../http/app.ts'
import { ref } from '../schema/scalar.ts'
import { ScoreAnswer, ScoreRequest } from '../schema/score.ts'
import { answerScore } from '../score/score-request.ts'

export function addScoreRoute(app: App, { scoring, figures }: AppContext): void {
  app.post(
    '/api/score/:model',
    {
      schema: {
        summary: 'Score by features, by many rows of features, or the latest row of a key',
        params: Type.Object({ model: Type.String() }),
        body: ScoreRequest,
        response: { 200: ref(ScoreAnswer) },
      },
    },
    async ({ params, body }) => {
      const start = performance.now()
      const answer = await answerScore(scoring, params.model, body)
      figures.scored(answer.model, (performance.now() - start) / 1000)
      return answer
    },
  )
}

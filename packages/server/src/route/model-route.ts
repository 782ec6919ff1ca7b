import { userError } from '@millrace/core'
import Type from 'typebox'
import type { App, AppContext } from '../http/app.ts'
import { ModelDetail, ModelList } from '../schema/model-record.ts'
import { ref } from '../schema/scalar.ts'

export function addModelRoutes(app: App, { registry }: AppContext): void {
  app.get('/api/models', { schema: { summary: 'Models of the project', response: { 200: ref(ModelList) } } }, async () => ({
    models: [...(await registry.models())],
  }))
  app.get(
    '/api/models/:model',
    {
      schema: {
        summary: 'Versions of a model, their figures and gates, and what was deployed when',
        params: Type.Object({ model: Type.String() }),
        response: { 200: ref(ModelDetail) },
      },
    },
    async ({ params }) => {
      const found = await registry.model(params.model)
      if (found !== undefined) return found
      throw userError('model/unknown-model', `There is no model \`${params.model}\`.`, {
        asked: params.model,
        found: (await registry.models()).map(({ model }) => model),
        do: 'Use one of the models found.',
      })
    },
  )
}

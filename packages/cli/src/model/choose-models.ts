import { closest, type ModelAsset, type Project, userError } from '@millrace/core'

/** The models of a project that are named; all when none is. @throws `model/unknown-model`, `model/no-model` */
export function chooseModels(project: Project, names: readonly string[]): readonly ModelAsset[] {
  const { models } = project
  if (models.length === 0)
    throw userError('model/no-model', `Project \`${project.name}\` declares no model.`, {
      asked: names,
      found: [],
      do: "Export one: `export const m = model('m', { … })`.",
    })
  return names.length === 0 ? models : [...new Set(names)].map((name) => chooseModel(project, name))
}

/** The model called `name`. @throws `model/unknown-model` */
export function chooseModel(project: Project, name: string): ModelAsset {
  const model = project.models.find((one) => one.name === name)
  if (model !== undefined) return model
  const found = project.models.map((one) => one.name)
  const near = closest(name, found)
  throw userError(
    'model/unknown-model',
    `\`${name}\` is no model of project \`${project.name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked: name,
      found,
      do: found.length === 0 ? 'Declare a model in the project.' : 'Name one of the models found.',
    },
  )
}

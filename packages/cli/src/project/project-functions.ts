import type { MapFunction, MapFunctions, Project } from '@millrace/core'

/** The functions that a project's maps declare, by the names under which plans name them. */
export function projectFunctions(project: Project): MapFunctions {
  const functions = new Map<string, MapFunction>()
  for (const asset of project.assets.values())
    if (asset.kind === 'view' && asset.operation.kind === 'map') functions.set(asset.name, asset.operation.fn)
  return functions
}

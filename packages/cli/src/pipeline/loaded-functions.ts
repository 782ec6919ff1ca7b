import type { MapFunctions } from '@millrace/core'
import { loadProject } from '../project/load-project.ts'
import { projectFunctions } from '../project/project-functions.ts'

/** The functions of a project's maps, in a thread that needs some. */
export async function loadedFunctions(folder: string | undefined): Promise<MapFunctions | undefined> {
  return folder === undefined ? undefined : projectFunctions((await loadProject(folder)).project)
}

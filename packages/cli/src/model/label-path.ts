import { join, resolve } from 'node:path'
import { type ModelAsset, userError } from '@millrace/core'

/** The label file of a model: as given on the command line, else as declared. @throws `model/no-labels` */
export function labelPath(model: ModelAsset, of: { readonly given: string | undefined; readonly directory: string }): string {
  if (of.given !== undefined) return resolve(of.given)
  if (model.label.file !== undefined) return join(of.directory, model.label.file)
  throw userError('model/no-labels', `No label file is named for \`${model.name}\`.`, {
    asked: model.name,
    found: 'neither `--labels` nor `file` in its declaration',
    do: 'Give `--labels FILE`.',
  })
}

import type { ModelAsset } from '@millrace/core'
import { type LabelFile, type MomentFile, parseLabels, parseMoments, readLabels, readMoments } from '@millrace/ml'

/** Labels of a model, as it declares them. */
export type ModelLabels = LabelFile | MomentFile

/** Reads a model's labels from a file. */
export function readModelLabels({ label, entity }: ModelAsset, path: string): Promise<ModelLabels> {
  return label.kind === 'moments' ? readMoments(path, { entity, time: label.time, value: label.value }) : readLabels(path, label)
}

/** The labels of a kept file's text. */
export function parseModelLabels(
  { label, entity }: ModelAsset,
  file: { readonly path: string; readonly sha256: string; readonly text: string },
): ModelLabels {
  const { path, sha256, text } = file
  if (label.kind !== 'moments') return { path, sha256, labels: parseLabels(text, { field: label.field, path }) }
  return { path, sha256, moments: parseMoments(text, { entity, time: label.time, value: label.value, path }) }
}

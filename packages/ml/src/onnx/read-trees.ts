import type { TreeModel } from '../tree/tree-model.ts'
import { METADATA } from './export-onnx.ts'
import { decodeModel, type ModelMessage } from './onnx-message.ts'
import { treesOf } from './tree-ensemble.ts'

/** The tree model in an ONNX file that `exportOnnx` wrote; undefined for every other graph. */
export function readTrees(bytes: Uint8Array): TreeModel | undefined {
  const model = decodeModel(bytes)
  const ensemble = model?.graph?.node.find((node) => node.opType === 'TreeEnsembleRegressor')
  if (model === undefined || ensemble === undefined) return undefined
  const features = metadataOf(model, METADATA.features)
  const baseScore = metadataOf(model, METADATA.baseScore)
  const cover = metadataOf(model, METADATA.cover)
  if (features === undefined || baseScore === undefined || cover === undefined) return undefined
  const trees = treesOf(ensemble, doubles(cover))
  return trees === undefined ? undefined : { features: JSON.parse(features) as string[], baseScore: Number(baseScore), trees }
}

function metadataOf(model: ModelMessage, key: string): string | undefined {
  return model.metadataProps.find((entry) => entry.key === key)?.value
}

function doubles(base64: string): Float64Array {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
  return new Float64Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 8))
}

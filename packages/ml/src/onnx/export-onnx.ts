import type { TreeModel } from '../tree/tree-model.ts'
import { encodeModel, FLOAT_TENSOR, type ValueMessage } from './onnx-message.ts'
import { ensembleAttributes } from './tree-ensemble.ts'

/** Name of the one input, float32 [rows, features], and of the one output, float32 [rows, 1]. */
export const ONNX_INPUT = 'features'
export const ONNX_OUTPUT = 'score'
/** Keys of the metadata that a model file of ours carries. */
export const METADATA = { features: 'millrace.features', baseScore: 'millrace.base_score', cover: 'millrace.cover' } as const
/** ONNX 1.10: what every runtime of today reads. */
const IR_VERSION = 8
const OPSETS = [
  { domain: '', version: 15 },
  { domain: 'ai.onnx.ml', version: 3 },
]
const LOG_ODDS = 'log_odds'

/**
 * A tree model as the bytes of an ONNX file: input `features` float32 [N, F], output `score` float32 [N, 1], the probability of the
 * positive class. NaN goes where the trees say. The names of the features and the cover of each node lie in the metadata, so that
 * `readTrees` gives the whole model back.
 *
 * The logistic function is a `Sigmoid` node of its own, since ONNX Runtime leaves `post_transform` LOGISTIC of a regressor with one
 * target out (https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html).
 */
export function exportOnnx(model: TreeModel, options: { readonly name: string; readonly version?: number }): Uint8Array {
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'millrace',
    producerVersion: '0.1.0',
    modelVersion: options.version ?? 0,
    docString: '',
    opsetImport: OPSETS,
    metadataProps: [
      { key: METADATA.features, value: JSON.stringify(model.features) },
      { key: METADATA.baseScore, value: String(model.baseScore) },
      { key: METADATA.cover, value: base64(model.trees.map((tree) => tree.cover)) },
    ],
    graph: {
      name: options.name,
      node: [
        {
          name: 'trees',
          opType: 'TreeEnsembleRegressor',
          domain: 'ai.onnx.ml',
          input: [ONNX_INPUT],
          output: [LOG_ODDS],
          attribute: ensembleAttributes(model),
        },
        { name: 'logistic', opType: 'Sigmoid', domain: '', input: [LOG_ODDS], output: [ONNX_OUTPUT], attribute: [] },
      ],
      input: [matrix(ONNX_INPUT, model.features.length)],
      output: [matrix(ONNX_OUTPUT, 1)],
    },
  })
}

function matrix(name: string, columns: number): ValueMessage {
  return { name, type: { tensorType: { elemType: FLOAT_TENSOR, shape: { dim: [{ dimParam: 'N' }, { dimValue: columns }] } } } }
}

/** Doubles in little-endian order, as every machine that Node runs on has them. */
function base64(parts: readonly Float64Array[]): string {
  return Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))).toString('base64')
}

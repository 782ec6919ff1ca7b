import { ATTRIBUTE, encodeModel, FLOAT_TENSOR, type NodeMessage, type ValueMessage } from '../src/onnx/onnx-message.ts'

type Dimension = number | string

/** A node of a graph: its operator, inputs, outputs and, for `Constant`, its whole numbers. */
export interface GraphNode {
  readonly op: string
  readonly from: readonly string[]
  readonly to: string
  readonly ints?: readonly number[]
}

/** An ONNX file of a few standard operators, to stand for models that others made. Inputs and outputs are float32 unless a type says else. */
export function graphBytes(
  nodes: readonly GraphNode[],
  values: {
    readonly inputs: Readonly<Record<string, readonly Dimension[]>>
    readonly outputs: Readonly<Record<string, readonly Dimension[]>>
    readonly inputType?: number
  },
): Uint8Array {
  return encodeModel({
    irVersion: 8,
    producerName: 'test',
    producerVersion: '',
    modelVersion: 0,
    docString: '',
    metadataProps: [],
    opsetImport: [{ domain: '', version: 15 }],
    graph: {
      name: 'graph',
      node: nodes.map(nodeMessage),
      input: valuesOf(values.inputs, values.inputType ?? FLOAT_TENSOR),
      output: valuesOf(values.outputs, FLOAT_TENSOR),
    },
  })
}

function nodeMessage({ op, from, to, ints }: GraphNode): NodeMessage {
  const attribute = ints === undefined ? [] : [{ name: 'value_ints', type: ATTRIBUTE.ints, ints }]
  return { name: to, opType: op, domain: '', input: from, output: [to], attribute }
}

function valuesOf(values: Readonly<Record<string, readonly Dimension[]>>, elemType: number): ValueMessage[] {
  return Object.entries(values).map(([name, dims]) => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
      },
    },
  }))
}

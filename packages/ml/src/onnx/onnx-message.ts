import protobuf from 'protobufjs/light.js'

/** The parts of an ONNX model file that tree models need, as in `onnx.proto` of ONNX; a reader passes over all others. */
export interface ModelMessage {
  readonly irVersion: number
  readonly producerName: string
  readonly producerVersion: string
  readonly modelVersion: number
  readonly docString: string
  readonly graph: GraphMessage | null
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[]
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[]
}

export interface GraphMessage {
  readonly name: string
  readonly node: readonly NodeMessage[]
  readonly input: readonly ValueMessage[]
  readonly output: readonly ValueMessage[]
}

export interface NodeMessage {
  readonly name: string
  readonly opType: string
  readonly domain: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly AttributeMessage[]
}

/** One of the lists or values is meant, as `type` says. */
export interface AttributeMessage {
  readonly name: string
  readonly type: number
  readonly i?: number
  readonly s?: Uint8Array
  readonly floats?: readonly number[]
  readonly ints?: readonly number[]
  readonly strings?: readonly Uint8Array[]
}

export interface ValueMessage {
  readonly name: string
  readonly type: {
    readonly tensorType: {
      readonly elemType: number
      readonly shape: { readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[] }
    }
  }
}

/** `AttributeProto.AttributeType` */
export const ATTRIBUTE = { int: 2, string: 3, floats: 6, ints: 7, strings: 8 } as const
/** `TensorProto.DataType.FLOAT` */
export const FLOAT_TENSOR = 1

const one = (type: string, id: number) => ({ type, id })
const many = (type: string, id: number) => ({ rule: 'repeated', type, id })

const ROOT = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: one('int64', 1),
        producerName: one('string', 2),
        producerVersion: one('string', 3),
        modelVersion: one('int64', 5),
        docString: one('string', 6),
        graph: one('Graph', 7),
        opsetImport: many('OperatorSet', 8),
        metadataProps: many('Entry', 14),
      },
    },
    OperatorSet: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    Entry: { fields: { key: one('string', 1), value: one('string', 2) } },
    Graph: { fields: { node: many('Node', 1), name: one('string', 2), input: many('Value', 11), output: many('Value', 12) } },
    Node: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        name: one('string', 3),
        opType: one('string', 4),
        attribute: many('Attribute', 5),
        domain: one('string', 7),
      },
    },
    Attribute: {
      fields: {
        name: one('string', 1),
        i: one('int64', 3),
        s: one('bytes', 4),
        floats: many('float', 7),
        ints: many('int64', 8),
        strings: many('bytes', 9),
        type: one('int32', 20),
      },
    },
    Value: { fields: { name: one('string', 1), type: one('Type', 2) } },
    Type: { fields: { tensorType: one('Tensor', 1) } },
    Tensor: { fields: { elemType: one('int32', 1), shape: one('Shape', 2) } },
    Shape: { fields: { dim: many('Dimension', 1) } },
    Dimension: { fields: { dimValue: one('int64', 1), dimParam: one('string', 2) } },
  },
})

const MODEL = ROOT.lookupType('Model')

/** The bytes of a model file. */
export function encodeModel(model: ModelMessage): Uint8Array {
  return MODEL.encode(MODEL.fromObject(model)).finish()
}

/** Reads a model file; undefined where the bytes are none, or have no graph. */
export function decodeModel(bytes: Uint8Array): ModelMessage | undefined {
  const model = decoded(bytes)
  return model === undefined || model.graph === null || model.graph.node.length === 0 || !(model.irVersion > 0) ? undefined : model
}

function decoded(bytes: Uint8Array): ModelMessage | undefined {
  try {
    return MODEL.toObject(MODEL.decode(bytes), { longs: Number, arrays: true, defaults: true }) as unknown as ModelMessage
  } catch {
    return undefined
  }
}

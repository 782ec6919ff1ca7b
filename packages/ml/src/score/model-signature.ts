import { userError } from '@millrace/core'
import type { InferenceSession } from 'onnxruntime-node'

type ValueMetadata = InferenceSession.ValueMetadata

/** The input and the output of a model file that scoring uses. */
export interface ModelSignature {
  readonly input: string
  readonly output: string
}

const EXPECTED = 'one input float32 [N, F] and one output float [N, 1], [N] or, as probabilities of two classes, [N, 2]'
/** Names that are preferred where a model has several outputs of numbers. */
const OUTPUT_NAMES = ['score', 'probabilities', 'variable']

/**
 * Finds what of a model's inputs and outputs is to be used.
 *
 * @throws `model/signature-differs`
 */
export function modelSignature(
  declared: { readonly inputs: readonly ValueMetadata[]; readonly outputs: readonly ValueMetadata[] },
  features: readonly string[],
): ModelSignature {
  return { input: inputName(declared.inputs, features), output: outputName(declared.outputs) }
}

function inputName(inputs: readonly ValueMetadata[], features: readonly string[]): string {
  const found = inputs.map(shown)
  const [input] = inputs
  if (inputs.length !== 1 || !input.isTensor || input.type !== 'float32' || input.shape.length !== 2) {
    throw differs(`The model takes ${found.join(', ') || 'nothing'}; it must take one matrix of float32 [N, F].`, {
      found,
      do: 'Export it with one float32 input: with skl2onnx, `initial_types=[("features", FloatTensorType([None, F]))]`.',
    })
  }
  const [rows, width] = input.shape
  if (typeof rows === 'number') {
    throw differs(`The model takes exactly ${rows} row${rows === 1 ? '' : 's'} at a time; it must take any number.`, {
      found,
      do: 'Export it with a first dimension that is left open: `FloatTensorType([None, F])`.',
    })
  }
  if (typeof width === 'number' && width !== features.length) {
    throw differs(`The model takes ${width} features; ${features.length} are declared: ${features.join(', ')}.`, {
      found,
      do: 'Register a model of these features, in this order, or declare the features that it was trained on.',
    })
  }
  return input.name
}

function outputName(outputs: readonly ValueMetadata[]): string {
  const found = outputs.map(shown)
  const numbers = outputs.filter((output) => output.isTensor && (output.type === 'float32' || output.type === 'float64'))
  const output = numbers.length === 1 ? numbers[0] : OUTPUT_NAMES.flatMap((name) => numbers.filter((one) => one.name === name))[0]
  if (output !== undefined) return output.name
  if (outputs.some((one) => !one.isTensor)) {
    throw differs(`The model gives ${found.join(', ')}: probabilities as a list of maps, not as numbers.`, {
      found,
      do: 'Export it with `options={id(model): {"zipmap": False}}`: skl2onnx writes maps unless `zipmap: False` is given.',
    })
  }
  throw differs(`The model gives ${found.join(', ') || 'nothing'}; among these no output is clearly the score.`, {
    found,
    do: `Export it with one output of numbers, or name that output \`${OUTPUT_NAMES[0]}\`.`,
  })
}

/** Place of the score among the values of a row, from the shape of what two rows gave. */
export function scorePlace(shape: readonly number[], rows: number): { readonly width: number; readonly at: number } {
  const width = shape.length === 1 ? 1 : shape[1]
  if (shape[0] === rows && shape.length <= 2 && (width === 1 || width === 2)) return { width, at: width - 1 }
  throw differs(`For ${rows} rows the model gives numbers of shape [${shape.join(', ')}]; it must give [N, 1], [N] or [N, 2].`, {
    found: [`[${shape.join(', ')}]`],
    do: 'Register a model of two classes that gives one score, or two probabilities, a row.',
  })
}

function differs(message: string, facts: { readonly found: readonly string[]; readonly do: string }): Error {
  return userError('model/signature-differs', message, { asked: EXPECTED, ...facts })
}

function shown(value: ValueMetadata): string {
  return value.isTensor
    ? `${value.name} ${value.type} [${value.shape.map((size) => (size === '' ? '?' : size)).join(', ')}]`
    : `${value.name} (no tensor)`
}

import { bugError, operatingError, userError } from '@millrace/core'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { decodeModel } from '../onnx/onnx-message.ts'
import { type ModelSignature, modelSignature, scorePlace } from './model-signature.ts'
import type { Scorer } from './scorer.ts'

/** Largest model file. */
const MODEL_BYTES_MAX = 512 * 1024 * 1024
/** Rows that a model is tried with when it is opened: two tell its rows from its columns. */
const TRIAL_ROWS = 2
const THREADS_MAX = 64

let threadsInUse = 0

/** Threads on which the open scorers of this process compute, callers' own included. */
export function scorerThreads(): number {
  return threadsInUse
}

export interface OpenScorerOptions {
  /** Names of the model's inputs, in the order of its matrix. */
  readonly features: readonly string[]
  /**
   * Most threads that compute a batch; 1 when left out. With 1, a row has the same score to the last bit whatever batch it comes in;
   * with more, ONNX Runtime adds the trees of small batches in another order.
   */
  readonly threadsMax?: number
}

/**
 * Opens an ONNX file for scoring with ONNX Runtime, on the CPU, and tries it with two rows.
 *
 * @throws `model/not-onnx`, `model/cannot-open` (operators or versions that the runtime does not have), `model/signature-differs`,
 * `model/scoring-failed` when the trial fails
 */
export async function openScorer(bytes: Uint8Array, options: OpenScorerOptions): Promise<Scorer> {
  checkBytes(bytes)
  const threads = Math.min(Math.max(1, options.threadsMax ?? 1), THREADS_MAX)
  const session = await openSession(bytes, threads)
  try {
    const declared = { inputs: session.inputMetadata, outputs: session.outputMetadata }
    const signature = modelSignature(declared, options.features)
    const scorer = new OnnxScorer(session, { signature, features: options.features, threads })
    await scorer.tryOut()
    return scorer
  } catch (error) {
    await session.release()
    throw error
  }
}

function checkBytes(bytes: Uint8Array): void {
  if (bytes.byteLength <= MODEL_BYTES_MAX && decodeModel(bytes) !== undefined) return
  throw userError('model/not-onnx', `The ${bytes.byteLength} bytes that were given are not an ONNX model.`, {
    found: bytes.byteLength > MODEL_BYTES_MAX ? `more than ${MODEL_BYTES_MAX} bytes` : Buffer.from(bytes.subarray(0, 16)).toString('hex'),
    do: 'Give a file in ONNX format, as `millrace train`, skl2onnx or torch.onnx write it.',
  })
}

async function openSession(bytes: Uint8Array, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 4,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
  } catch (cause) {
    throw userError('model/cannot-open', `ONNX Runtime cannot open the model: ${messageOf(cause)}`, {
      found: messageOf(cause),
      do: 'Export it with operators and versions that ONNX Runtime on the CPU has.',
      cause,
    })
  }
}

interface ScorerParts {
  readonly signature: ModelSignature
  readonly features: readonly string[]
  readonly threads: number
}

class OnnxScorer implements Scorer {
  readonly features: readonly string[]
  readonly threads: number
  nonFinite = 0
  readonly #session: InferenceSession
  readonly #signature: ModelSignature
  #running = 0
  #closing: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(session: InferenceSession, { signature, features, threads }: ScorerParts) {
    this.#session = session
    this.#signature = signature
    this.features = features
    this.threads = threads
    threadsInUse += threads
  }

  /** Scores two rows of zeros: finds models that throw, and gives the wrong shape, before rows depend on them. */
  async tryOut(): Promise<void> {
    try {
      await this.score(new Float32Array(TRIAL_ROWS * this.features.length), TRIAL_ROWS)
    } catch (error) {
      threadsInUse -= this.threads
      throw error
    }
    this.nonFinite = 0
  }

  async score(matrix: Float32Array, rows: number): Promise<Float64Array> {
    if (this.#closed !== undefined) throw bugError('model/closed', 'A model was asked to score after it was closed.')
    if (rows === 0) return new Float64Array(0)
    this.#running++
    try {
      return this.#scoresOf(await this.#run(matrix, rows), rows)
    } finally {
      this.#running--
      if (this.#running === 0) this.#closing?.()
    }
  }

  async #run(matrix: Float32Array, rows: number): Promise<Tensor> {
    const width = this.features.length
    const data = matrix.length === rows * width ? matrix : matrix.subarray(0, rows * width)
    const { input, output } = this.#signature
    try {
      const result = await this.#session.run({ [input]: new Tensor('float32', data, [rows, width]) }, [output])
      return result[output] as Tensor
    } catch (cause) {
      throw operatingError('model/scoring-failed', `The model failed to score ${rows} rows: ${messageOf(cause)}`, {
        found: messageOf(cause),
        do: 'See whether the model takes every value that its features may have; until it does, the fallback rule decides.',
        details: { retriable: true },
        cause,
      })
    }
  }

  #scoresOf(tensor: Tensor, rows: number): Float64Array {
    const { width, at } = scorePlace(tensor.dims, rows)
    const values = tensor.data as Float32Array | Float64Array
    const scores = new Float64Array(rows)
    for (let row = 0, place = at; row < rows; row++, place += width) {
      const score = values[place]
      if (score - score === 0) scores[row] = score + 0
      else {
        scores[row] = Number.NaN
        this.nonFinite++
      }
    }
    return scores
  }

  close(): Promise<void> {
    this.#closed ??= this.#release()
    return this.#closed
  }

  async #release(): Promise<void> {
    if (this.#running > 0)
      await new Promise<void>((resolve) => {
        this.#closing = resolve
      })
    threadsInUse -= this.threads
    await this.#session.release()
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

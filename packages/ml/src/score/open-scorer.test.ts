import { MillraceError } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { graphBytes } from '../../test/graph-bytes.ts'
import { numbersOf, randomModel } from '../../test/random-model.ts'
import { exportOnnx } from '../onnx/export-onnx.ts'
import { modelSignature } from './model-signature.ts'
import { openScorer, scorerThreads } from './open-scorer.ts'

const ONE_FEATURE = { inputs: { features: ['N', 1] }, outputs: { score: ['N', 1] } }
/** Fails for every number of rows but two, with which models are tried. */
const FAILS_LATER = graphBytes(
  [
    { op: 'Constant', from: [], to: 'shape', ints: [2, 1] },
    { op: 'Reshape', from: ['features', 'shape'], to: 'score' },
  ],
  ONE_FEATURE,
)

async function refusal(opening: Promise<unknown>): Promise<MillraceError> {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(MillraceError)
  return error as MillraceError
}

describe('a model file is refused', () => {
  test('that is not ONNX', async () => {
    for (const bytes of [new Uint8Array(0), Buffer.from('PK\u0003\u0004 a zip file'), new Uint8Array(4096).fill(7)]) {
      const error = await refusal(openScorer(bytes, { features: ['num1'] }))
      expect(error.code).toBe('model/not-onnx')
      expect(error.family).toBe('user')
    }
  })

  test('that is cut off', async () => {
    const bytes = exportOnnx(randomModel({ trees: 20, leaves: 8, features: 2 }, numbersOf(1)), { name: 'whole' })
    const error = await refusal(openScorer(bytes.subarray(0, bytes.length - 100), { features: ['num0', 'num1'] }))
    expect(['model/not-onnx', 'model/cannot-open']).toContain(error.code)
  })

  test('with an operator that the runtime does not have', async () => {
    const error = await refusal(
      openScorer(graphBytes([{ op: 'Frobnicate', from: ['features'], to: 'score' }], ONE_FEATURE), { features: ['num1'] }),
    )
    expect(error.code).toBe('model/cannot-open')
    expect(error.message).toContain('Frobnicate')
  })

  test('of another number of features, naming both', async () => {
    const bytes = exportOnnx(randomModel({ trees: 1, leaves: 4, features: 3 }, numbersOf(2)), { name: 'three' })
    const error = await refusal(openScorer(bytes, { features: ['num1', 'num2'] }))
    expect(error.code).toBe('model/signature-differs')
    expect(error.message).toBe('The model takes 3 features; 2 are declared: num1, num2.')
    expect(error.facts.found).toEqual(['features float32 [N, 3]'])
    expect(error.facts.do).toBeDefined()
  })

  test('that takes one row at a time', async () => {
    const bytes = graphBytes([{ op: 'Sigmoid', from: ['features'], to: 'score' }], {
      inputs: { features: [1, 1] },
      outputs: { score: [1, 1] },
    })
    const error = await refusal(openScorer(bytes, { features: ['num1'] }))
    expect(error.message).toContain('exactly 1 row at a time')
  })

  test('that takes doubles, or two inputs', async () => {
    const doubles = graphBytes([{ op: 'Cast', from: ['features'], to: 'score' }], { ...ONE_FEATURE, inputType: 11 })
    const two = graphBytes([{ op: 'Add', from: ['num1', 'num2'], to: 'score' }], {
      inputs: { num1: ['N', 1], num2: ['N', 1] },
      outputs: { score: ['N', 1] },
    })
    for (const bytes of [doubles, two]) expect((await refusal(openScorer(bytes, { features: ['num1'] }))).family).toBe('user')
    expect((await refusal(openScorer(two, { features: ['num1', 'num2'] }))).message).toContain('num1 float32 [N, 1], num2 float32 [N, 1]')
  })

  test('that gives three numbers a row', async () => {
    const bytes = graphBytes([{ op: 'Softmax', from: ['features'], to: 'score' }], {
      inputs: { features: ['N', 3] },
      outputs: { score: ['N', 3] },
    })
    const error = await refusal(openScorer(bytes, { features: ['num1', 'num2', 'num3'] }))
    expect(error.code).toBe('model/signature-differs')
    expect(error.message).toContain('[2, 3]')
  })

  test('with several outputs of which none is named as the score', () => {
    const number = (name: string) => ({ name, isTensor: true, type: 'float32', shape: ['N', 1] }) as const
    const outputs = [number('left'), number('right')]
    expect(() => modelSignature({ inputs: [{ ...number('features') }], outputs }, ['num1'])).toThrow('no output is clearly the score')
    expect(modelSignature({ inputs: [number('x')], outputs: [...outputs, number('score')] }, ['num1'])).toEqual({
      input: 'x',
      output: 'score',
    })
  })

  test('that gives its probabilities as maps, and says which option of skl2onnx helps', () => {
    const input = { name: 'features', isTensor: true, type: 'float32', shape: ['N', 1] } as const
    const outputs = [
      { name: 'label', isTensor: true, type: 'int64', shape: ['N'] },
      { name: 'output_probability', isTensor: false },
    ] as const
    try {
      modelSignature({ inputs: [input], outputs }, ['num1'])
      expect.unreachable()
    } catch (error) {
      expect((error as MillraceError).code).toBe('model/signature-differs')
      expect((error as MillraceError).facts.do).toContain('zipmap: False')
    }
  })
})

test('of two probabilities the last is the score', async () => {
  const bytes = graphBytes([{ op: 'Softmax', from: ['features'], to: 'score' }], {
    inputs: { features: ['N', 2] },
    outputs: { score: ['N', 2] },
  })
  const scorer = await openScorer(bytes, { features: ['num1', 'num2'] })
  const [score] = await scorer.score(Float32Array.of(0, 1), 1)
  expect(score).toBeCloseTo(1 / (1 + Math.exp(-1)), 6)
  await scorer.close()
})

test('rows are read from where a view of memory begins', async () => {
  const scorer = await openScorer(graphBytes([{ op: 'Neg', from: ['features'], to: 'score' }], ONE_FEATURE), { features: ['num1'] })
  expect([...(await scorer.score(Float32Array.of(1, 2, 3, 4).subarray(1), 2))]).toEqual([-2, -3])
  await scorer.close()
})

test('scores that are not finite become null and are counted', async () => {
  const scorer = await openScorer(graphBytes([{ op: 'Log', from: ['features'], to: 'score' }], ONE_FEATURE), { features: ['num1'] })
  expect(scorer.nonFinite).toBe(0)
  expect([...(await scorer.score(Float32Array.of(1, 0, -1, Number.NaN), 4))]).toEqual([0, Number.NaN, Number.NaN, Number.NaN])
  expect(scorer.nonFinite).toBe(3)
  await scorer.close()
})

test('a model that throws gives a retriable operating error, and goes on scoring', async () => {
  const scorer = await openScorer(FAILS_LATER, { features: ['num1'] })
  const error = await refusal(scorer.score(Float32Array.of(1, 2, 3), 3))
  expect([error.code, error.family, error.facts.details]).toEqual(['model/scoring-failed', 'operating', { retriable: true }])
  expect([...(await scorer.score(Float32Array.of(1, 2), 2))]).toEqual([1, 2])
  await scorer.close()
})

test('threads are counted while models are open, also when opening fails', async () => {
  const before = scorerThreads()
  const model = randomModel({ trees: 2, leaves: 4, features: 1 }, numbersOf(3))
  const bytes = exportOnnx(model, { name: 'counted' })
  const one = await openScorer(bytes, { features: model.features })
  const two = await openScorer(bytes, { features: model.features, threadsMax: 2 })
  expect([one.threads, two.threads, scorerThreads() - before]).toEqual([1, 2, 3])
  await refusal(openScorer(bytes, { features: ['num1', 'num2'] }))
  await refusal(
    openScorer(
      graphBytes([{ op: 'Softmax', from: ['features'], to: 'score' }], { inputs: { features: ['N', 3] }, outputs: { score: ['N', 3] } }),
      { features: ['a', 'b', 'c'] },
    ),
  )
  expect(scorerThreads() - before).toBe(3)
  await Promise.all([one.close(), two.close()])
  expect(scorerThreads()).toBe(before)
})

test('a model that is closed while it scores ends its scoring first', async () => {
  const model = randomModel({ trees: 5, leaves: 8, features: 4 }, numbersOf(4))
  const scorer = await openScorer(exportOnnx(model, { name: 'closing' }), { features: model.features })
  const scoring = scorer.score(new Float32Array(400), 100)
  const closing = scorer.close()
  expect(await scoring).toHaveLength(100)
  await closing
  expect((await refusal(scorer.score(new Float32Array(4), 1))).code).toBe('model/closed')
})

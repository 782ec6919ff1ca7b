import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportOnnx } from '../src/onnx/export-onnx.ts'
import { numbersOf, probabilityOf, randomMatrix, randomModel } from './random-model.ts'

const PRELOAD = join(import.meta.dirname, 'without-trainer.ts')
const MODEL = randomModel({ trees: 50, leaves: 16, features: 6 }, numbersOf(5))
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-score-alone-'))
  writeFileSync(join(folder, 'model.onnx'), exportOnnx(MODEL, { name: 'alone' }))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function node(args: readonly string[], input = ''): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, ['--import', PRELOAD, ...args], { encoding: 'utf8', input, timeout: 20_000 })
}

test('the registered bytes are scored where the code of trees and training is absent', () => {
  const matrix = randomMatrix(40, 6, numbersOf(6))
  const rows = Array.from({ length: 40 }, (_, row) => [...matrix.subarray(row * 6, row * 6 + 6)])
  const input = JSON.stringify({
    features: MODEL.features,
    rows: rows.map((row) => row.map((value) => (Number.isNaN(value) ? null : value))),
  })
  const { stdout, stderr, status } = node([join(import.meta.dirname, 'score-alone.ts'), join(folder, 'model.onnx')], input)
  expect([status, stderr]).toEqual([0, ''])
  for (const [row, score] of (JSON.parse(stdout) as number[]).entries())
    expect(score).toBeCloseTo(probabilityOf(MODEL, Float32Array.from(rows[row])), 5)
})

test('the entry for serving needs none of it', () => {
  const entry = JSON.stringify(join(import.meta.dirname, '..', 'src', 'serving.ts'))
  const { stderr, status } = node(['--input-type=module', '-e', `await import(${entry})`])
  expect([status, stderr]).toEqual([0, ''])
})

test('there the training code cannot be loaded', () => {
  const index = JSON.stringify(join(import.meta.dirname, '..', 'src', 'index.ts'))
  const { stderr, status } = node(['--input-type=module', '-e', `await import(${index})`])
  expect(status).not.toBe(0)
  expect(stderr).toContain('is not on this machine')
})

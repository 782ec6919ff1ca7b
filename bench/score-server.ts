// The HTTP server with one model, as `millrace dev` has it: node bench/score-server.ts PORT FILE
import { readFileSync } from 'node:fs'
import { openScorer, ServedModel } from '@millrace/ml'
import { startServer } from '@millrace/server'
import { FEATURES, MODEL_NAME, THRESHOLD } from './score/model-file.ts'

const [port, file] = process.argv.slice(2)
const scorer = await openScorer(readFileSync(file), { features: FEATURES })
const deployment = { version: 1, sha256: '', threshold: THRESHOLD, features: FEATURES, scorer }
const served = new ServedModel({
  features: FEATURES,
  fields: FEATURES.map((name) => ({ name, type: 'double', nullable: true })),
  deployed: () => deployment,
  fallback: ({ rows }) => ({ kind: 'boolean', values: new Uint8Array(rows), nulls: null }),
})
const model = { name: MODEL_NAME, features: FEATURES, keys: ['txt1'] }
const since = new Date(0).toISOString()
const state = { project: 'bench', env: 'dev', since, sources: [], assets: [], windows: [], models: [], alerts: [], outlets: [] }
await startServer({
  port: Number(port),
  live: { snapshot: () => state, subscribe: () => () => {} },
  alerts: { alerts: async () => [], runbook: async () => undefined },
  registry: { models: async () => [], model: async () => undefined },
  meters: {
    snapshot: () => ({
      features: [],
      scoring: [],
      alerts: [],
      outbox: { pending: 0, delivered: 0, failedAttempts: 0, oldestPendingMs: null },
    }),
  },
  ingest: { bodyBytesMax: 1, push: async (stream) => ({ stream, accepted: 0, dead_letters: 0, reasons: {} }) },
  ready: { reasons: () => [] },
  scoring: {
    model: (name) => (name === MODEL_NAME ? model : undefined),
    names: () => [MODEL_NAME],
    score: (_, rows, count) => served.score(rows, count),
    latest: async () => undefined,
  },
})

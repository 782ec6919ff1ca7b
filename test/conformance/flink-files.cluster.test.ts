import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkSharedFolder, fileExchange, flinkRunner } from '@millrace/engine-flink'
import { CONFORMANCE_SCENARIOS, describeConformance, scenarioDifference } from '@millrace/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { openFlinkRunner } from '../../packages/cli/src/plan-run/flink-engine.ts'
import { GAPS } from './flink-cluster.ts'

// Bounded runs whose rows come and go as files of a folder: no Kafka. What Flink makes of the rows does not depend on how they come, so a
// few scenarios are enough, at both parallelisms and in both modes.

const { MILLRACE_FLINK_GATEWAY: gateway = '', MILLRACE_FLINK_REST: rest = '' } = process.env
const path = mkdtempSync(join(tmpdir(), 'millrace-files-'))
const EVERY = process.env.MILLRACE_LONG_TESTS === '1' ? 8 : 48
const seed = Number(process.env.MILLRACE_SEED ?? 1)
const TIMEOUT_MS = 10 * 60_000
console.info(`MILLRACE_SEED=${seed}`)

const jobs: { mode: string; parallelism: number }[] = []

describe.each(['streaming', 'batch'])('files of a folder, in %s mode', (mode) => {
  const flink = flinkRunner(
    { gateway, rest, exchange: fileExchange({ path }) },
    {
      settings: { 'execution.runtime-mode': mode },
      // Each stage of a batch job holds network buffers for its whole output.
      ...(mode === 'batch' ? { casesMax: 2 } : {}),
      onJob: ({ jobId, cases, seconds, parallelism }) => {
        jobs.push({ mode, parallelism })
        console.log(`Flink job ${jobId}, ${mode}: ${cases} scenarios at parallelism ${parallelism}, ${seconds.toFixed(1)} s`)
      },
    },
  )
  describeConformance(flink, GAPS, { concurrent: true, timeoutMs: TIMEOUT_MS, sample: { every: EVERY, seed } })
})

describe('the folder', { timeout: TIMEOUT_MS }, () => {
  it('held jobs of both parallelisms in both modes, and holds nothing of them any more', () => {
    const ran = new Set(jobs.map(({ mode, parallelism }) => `${mode} ${parallelism}`))
    expect([...ran].toSorted()).toEqual(['batch 1', 'batch 2', 'streaming 1', 'streaming 2'])
    expect(readdirSync(path)).toEqual([])
  })

  it('is tried, and nothing is left of that', async () => {
    await checkSharedFolder({ gateway, rest }, { path })
    expect(readdirSync(path)).toEqual([])
  })

  it('is what `plan-run` goes by where it is named, and that asks nobody for a Kafka', async () => {
    const variables = {
      MILLRACE_FLINK_GATEWAY: gateway,
      MILLRACE_FLINK_REST: rest,
      MILLRACE_FLINK_FOLDER: path,
      MILLRACE_KAFKA: '127.0.0.1:1',
    }
    const [scenario] = CONFORMANCE_SCENARIOS.filter
    expect(await scenarioDifference(openFlinkRunner(variables).runner, scenario, [{ batchRows: 1, workers: 1 }])).toBeUndefined()
    const other = openFlinkRunner({ ...variables, MILLRACE_FLINK_FOLDER_URL: 'file:///nowhere' }).runner
    expect(await scenarioDifference(other, scenario, [{ batchRows: 1, workers: 1 }])).toContain(
      'Flink does not find, or may not answer, at file:///nowhere',
    )
  })

  it('that the cluster has not got is refused with both names', async () => {
    const url = `${pathToFileURL(path).href}-of-another-machine`
    await expect(checkSharedFolder({ gateway, rest }, { path, url })).rejects.toMatchObject({
      code: 'engine/folder-not-shared',
      message: `What this machine writes to ${path} Flink does not find, or may not answer, at ${url}.`,
    })
    expect(readdirSync(path)).toEqual([])
  })

  it('that is not there, or is not to be written, is refused before a job begins', async () => {
    for (const other of [join(path, 'gone'), '/proc'])
      await expect(checkSharedFolder({ gateway, rest }, { path: other })).rejects.toMatchObject({
        code: 'engine/no-shared-folder',
        message: expect.stringContaining(`The folder ${other}, which rows are to go to Flink through, cannot be written`),
      })
    expect(existsSync(join(path, 'gone'))).toBe(false)
  })
})

afterAll(() => rmSync(path, { recursive: true, force: true }))

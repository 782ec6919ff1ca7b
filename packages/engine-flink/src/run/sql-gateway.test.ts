import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FlinkJobs } from './flink-jobs.ts'
import { GatewaySession } from './sql-gateway.ts'

let server: Server | undefined

/** Answers by method and path as a server of Flink would; what is not in the table is refused. */
async function answering(answers: Readonly<Record<string, unknown>>): Promise<string> {
  server = createServer((request, response) => {
    const answer = answers[`${request.method} ${request.url?.split('?')[0]}`]
    response.statusCode = answer === undefined ? 500 : 200
    response.end(answer === undefined ? REFUSAL : typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const INFO = { productName: 'Apache Flink', version: '2.3.0' }
const REFUSAL = JSON.stringify({
  errors: [
    '<Exception on server side:\norg.apache.flink.table.api.ValidationException: SQL validation failed.\nCaused by: o.a.c.SqlValidatorException: no table',
  ],
})

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

describe('GatewaySession', () => {
  it('says where nobody answers', async () => {
    await expect(GatewaySession.open('http://127.0.0.1:9')).rejects.toMatchObject({ code: 'engine/no-server', family: 'operating' })
  })

  it('refuses another Flink than the SQL is written for', async () => {
    const url = await answering({ 'GET /v1/info': { productName: 'Apache Flink', version: '1.20.1' } })
    await expect(GatewaySession.open(url)).rejects.toMatchObject({ code: 'engine/other-version', facts: { found: 'Apache Flink 1.20.1' } })
  })

  it('reads pages of results with integers that doubles do not hold', async () => {
    const url = await answering({
      'GET /v1/info': INFO,
      'POST /v3/sessions': { sessionHandle: 's' },
      'POST /v3/sessions/s/statements': { operationHandle: 'o' },
      'GET /v3/sessions/s/operations/o/result/0': { resultType: 'NOT_READY', nextResultUri: '/v3/sessions/s/operations/o/result/1' },
      'GET /v3/sessions/s/operations/o/result/1':
        '{"resultType":"PAYLOAD","jobID":"j","nextResultUri":"/v3/sessions/s/operations/o/result/2","results":{"data":[{"kind":"INSERT","fields":[9007199254740993,1.5]}]}}',
      'GET /v3/sessions/s/operations/o/result/2': { resultType: 'EOS', results: { data: [] } },
    })
    const session = await GatewaySession.open(url)
    expect(await session.run('SELECT 1')).toEqual({ rows: [[9007199254740993n, 1.5]], jobId: 'j' })
  })

  it('calls a statement that Flink does not understand our mistake, with the deepest reason', async () => {
    const url = await answering({ 'GET /v1/info': INFO, 'POST /v3/sessions': { sessionHandle: 's' } })
    const session = await GatewaySession.open(url)
    await expect(session.run('SELECT x')).rejects.toMatchObject({
      code: 'engine/sql-failed',
      family: 'bug',
      facts: { asked: 'SELECT x' },
      message: expect.stringContaining('no table'),
    })
  })
})

describe('FlinkJobs', () => {
  const stack = 'java.lang.RuntimeException: outer\n\tat x\nCaused by: java.io.IOException: disk is full\n\tat y'
  const exceptions = { exceptionHistory: { entries: [{ stacktrace: stack }] } }
  const limits = { jobMsMax: 60_000, restartsMax: 2 }

  it('reports why a job failed', async () => {
    const url = await answering({ 'GET /jobs/j/status': { status: 'FAILED' }, 'GET /jobs/j/exceptions': exceptions })
    await expect(new FlinkJobs(url).finished('j', limits)).rejects.toMatchObject({
      code: 'engine/job-failed',
      message: expect.stringContaining('disk is full'),
    })
  })

  it('cancels a job that restarts too often', async () => {
    const url = await answering({
      'GET /jobs/j/status': { status: 'RESTARTING' },
      'GET /jobs/j/exceptions': exceptions,
      'GET /jobs/j/metrics': [{ id: 'numRestarts', value: '2' }],
      'PATCH /jobs/j': {},
    })
    await expect(new FlinkJobs(url).finished('j', limits)).rejects.toThrow(/has restarted 2 times: java.io.IOException: disk is full/)
  })

  it('tells missing slots from other failures', async () => {
    const noSlots = { exceptionHistory: { entries: [{ stacktrace: 'org.apache.flink.NoResourceAvailableException: could not' }] } }
    const url = await answering({
      'GET /jobs/j/status': { status: 'FAILED' },
      'GET /jobs/j/exceptions': noSlots,
      'GET /overview': { 'flink-version': '2.3.0', taskmanagers: 0, 'slots-total': 0, 'slots-available': 0 },
    })
    await expect(new FlinkJobs(url).finished('j', limits)).rejects.toMatchObject({
      code: 'engine/no-slots',
      facts: { found: { slots: 0, free_slots: 0, task_managers: 0 } },
    })
  })

  it('gives the place of the savepoint that a job was stopped with', async () => {
    const url = await answering({
      'POST /jobs/j/stop': { 'request-id': 'r' },
      'GET /jobs/j/savepoints/r': { status: { id: 'COMPLETED' }, operation: { location: 'file:/s' } },
    })
    expect(await new FlinkJobs(url).stopWithSavepoint('j')).toBe('file:/s')
  })

  it('says why there is no savepoint', async () => {
    const url = await answering({
      'POST /jobs/j/stop': { 'request-id': 'r' },
      'GET /jobs/j/savepoints/r': { status: { id: 'COMPLETED' }, operation: { 'failure-cause': { 'stack-trace': stack } } },
    })
    await expect(new FlinkJobs(url).stopWithSavepoint('j')).rejects.toThrow(/disk is full/)
  })
})

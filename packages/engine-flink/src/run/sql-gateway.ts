import { operatingError, userError } from '@millrace/core'
import { CAPABILITIES } from '../capabilities.ts'
import { statementError } from './gateway-failure.ts'
import { type Call, callServer } from './http-call.ts'

/** Longest time that the gateway may take to compile a statement or to begin a job, ms. */
const STATEMENT_MS_MAX = 300_000
const POLL_MS_MIN = 10
const POLL_MS_MAX = 250
/** Most rows that a statement's result is read to: results of jobs come through topics. */
const RESULT_ROWS_MAX = 100_000

/** Settings that every session has: UTC, rows in JSON as they are, nothing left out of a watermark. */
const SETTINGS: Readonly<Record<string, string>> = {
  'table.local-time-zone': 'UTC',
  'table.exec.source.idle-timeout': '0 ms',
  'execution.runtime-mode': 'streaming',
}

interface ResultPage {
  readonly resultType: 'NOT_READY' | 'PAYLOAD' | 'EOS'
  readonly nextResultUri?: string
  readonly jobID?: string
  readonly results?: { readonly data: readonly { readonly kind: string; readonly fields: readonly unknown[] }[] }
}

/** What a statement gave: rows, integers exact, and the job that it began. */
export interface StatementResult {
  readonly rows: readonly (readonly unknown[])[]
  readonly jobId: string | undefined
}

/** How a statement is spoken of when it fails. */
export interface StatementOptions {
  /** Parts of it that no error may show. */
  readonly secrets?: readonly string[]
  /** Makes an error of a failure's text; what it gives undefined for is told as the failure of a statement. */
  readonly refused?: (failure: string) => Error | undefined
}

/** A session of a Flink SQL gateway: temporary tables and settings live and end with it. */
export class GatewaySession {
  readonly #url: string
  readonly #session: string

  private constructor(url: string, session: string) {
    this.#url = url
    this.#session = session
  }

  /**
   * Opens a session, after a look at what answers.
   *
   * @param url where the gateway is, e.g. `http://127.0.0.1:8083`
   * Throws `engine/no-server` where nobody answers, `engine/other-version` where it is another Flink than the SQL is written for.
   */
  static async open(url: string, settings: Readonly<Record<string, string>> = {}): Promise<GatewaySession> {
    const base = url.replace(/\/+$/, '')
    await checkVersion(base)
    const { sessionHandle } = (await call({
      method: 'POST',
      url: `${base}/v3/sessions`,
      body: { properties: { ...SETTINGS, ...settings } },
    })) as {
      readonly sessionHandle: string
    }
    return new GatewaySession(base, sessionHandle)
  }

  /** Runs a statement to its end, or, of one that begins a job, until the job has begun. */
  async run(statement: string, options: StatementOptions = {}): Promise<StatementResult> {
    const path = `${this.#url}/v3/sessions/${this.#session}`
    const shown = withoutSecrets(statement, options)
    const refused: Call['refused'] = ({ text }) => {
      const failure = withoutSecrets(text, options)
      return options.refused?.(failure) ?? statementError(shown, failure)
    }
    const { operationHandle } = (await call({ method: 'POST', url: `${path}/statements`, body: { statement }, refused })) as {
      readonly operationHandle: string
    }
    const rows: (readonly unknown[])[] = []
    const deadline = Date.now() + STATEMENT_MS_MAX
    let next = `/v3/sessions/${this.#session}/operations/${operationHandle}/result/0?rowFormat=JSON`
    let jobId: string | undefined
    let wait = POLL_MS_MIN
    for (;;) {
      const page = (await call({ method: 'GET', url: `${this.#url}${next}`, refused })) as ResultPage
      jobId = page.jobID ?? jobId
      for (const { fields } of page.results?.data ?? []) if (rows.length < RESULT_ROWS_MAX) rows.push(fields)
      if (page.resultType === 'EOS' || page.nextResultUri === undefined) return { rows, jobId }
      if (page.resultType === 'NOT_READY') {
        if (Date.now() > deadline) throw tooSlow(shown)
        await new Promise((resolve) => setTimeout(resolve, wait))
        wait = Math.min(wait * 2, POLL_MS_MAX)
      }
      next = page.nextResultUri
    }
  }

  async close(): Promise<void> {
    await call({ method: 'DELETE', url: `${this.#url}/v3/sessions/${this.#session}` })
  }
}

function withoutSecrets(text: string, { secrets = [] }: StatementOptions): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '******'), text)
}

function call(of: Omit<Call, 'server'>): Promise<unknown> {
  return callServer({ ...of, server: 'Flink SQL gateway' })
}

async function checkVersion(base: string): Promise<void> {
  const { productName, version } = (await call({ method: 'GET', url: `${base}/v1/info` })) as {
    readonly productName?: string
    readonly version?: string
  }
  if (productName === 'Apache Flink' && version?.startsWith(`${CAPABILITIES.version}.`)) return
  throw userError('engine/other-version', `The gateway at ${base} is of ${productName ?? 'no Flink'} ${version ?? ''}.`, {
    asked: `Apache Flink ${CAPABILITIES.version}`,
    found: `${productName} ${version}`,
    do: `Use a cluster of Flink ${CAPABILITIES.version}, which the SQL is written for.`,
  })
}

function tooSlow(statement: string): Error {
  return operatingError('engine/too-slow', `The Flink SQL gateway has not begun a statement within ${STATEMENT_MS_MAX / 1000} s.`, {
    asked: statement.slice(0, 1000),
    do: 'See how busy the gateway is, and whether the JobManager answers it.',
  })
}

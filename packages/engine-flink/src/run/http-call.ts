import { operatingError } from '@millrace/core'
import { parseExact } from './exact-json.ts'

/** A server's answer that is not a success. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH'
  readonly url: string
  readonly body?: unknown
  /** What the server is, for people: `Flink SQL gateway`. */
  readonly server: string
  /** Makes an error of a refusal; what it gives undefined for is an operating error. */
  readonly refused?: (refusal: Refusal) => Error | undefined
}

/** Longest wait for one answer, ms. */
const ANSWER_MS_MAX = 60_000

/** One request and its JSON answer, integers exact. Throws `engine/no-server` where nobody answers, `engine/server-refused` where the answer is no success. */
export async function callServer({ method, url, body, server, refused }: Call): Promise<unknown> {
  const text = await answerOf({ method, url, body, server }, refused)
  return text === '' ? {} : parseExact(text)
}

async function answerOf(call: Omit<Call, 'refused'>, refused: Call['refused']): Promise<string> {
  const { method, url, body, server } = call
  let response: Response
  try {
    response = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    })
  } catch (cause) {
    throw operatingError('engine/no-server', `The ${server} at ${new URL(url).origin} does not answer.`, {
      asked: `${method} ${url}`,
      found: causeText(cause),
      do: 'See that the cluster is up and that its address is right.',
      cause,
    })
  }
  const text = await response.text()
  if (response.ok) return text
  const refusal = { status: response.status, text }
  throw (
    refused?.(refusal) ??
    operatingError('engine/server-refused', `The ${server} refused ${method} ${new URL(url).pathname} (${response.status}).`, {
      asked: `${method} ${url}`,
      found: text.slice(0, FOUND_CHARACTERS_MAX),
      do: "Read the server's log.",
    })
  )
}

const FOUND_CHARACTERS_MAX = 4000

function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message
}

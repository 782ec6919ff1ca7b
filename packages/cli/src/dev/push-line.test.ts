import { describe, expect, it } from 'vitest'
import { failureMessage } from '../pipeline/message.ts'
import { PushLine } from './push-line.ts'
import type { PushTask } from './push-message.ts'

const REQUEST = { body: Buffer.from('[]'), contentType: 'application/json', contentEncoding: undefined, idempotencyKey: undefined }
const ANSWER = { stream: 'orders', accepted: 1, dead_letters: 0, reasons: {} }

function lineOf(waitingMax: number) {
  const sent: PushTask[] = []
  return { sent, line: new PushLine({ stream: 'orders', waitingMax, send: (task) => sent.push(task) }) }
}

describe('a line of requests', () => {
  it('answers each with what became of it, in any order', async () => {
    const { sent, line } = lineOf(3)
    const answers = [line.push(REQUEST), line.push(REQUEST)]
    line.done({ kind: 'pushed', id: sent[1].id, outcome: { ...ANSWER, accepted: 2 } })
    line.done({ kind: 'pushed', id: sent[0].id, outcome: failureMessage(new TypeError('broken')) })
    await expect(answers[1]).resolves.toMatchObject({ accepted: 2 })
    await expect(answers[0]).rejects.toMatchObject({ family: 'bug' })
  })

  it('refuses more than may wait, says when to come again, and takes them when there is room', async () => {
    const { sent, line } = lineOf(2)
    const first = line.push(REQUEST)
    void line.push(REQUEST)
    await expect(line.push(REQUEST)).rejects.toMatchObject({
      code: 'ingest/queue-full',
      family: 'operating',
      facts: { details: { retry_after_seconds: 1 } },
    })
    line.done({ kind: 'pushed', id: sent[0].id, outcome: ANSWER })
    await first
    void line.push(REQUEST)
    expect(sent).toHaveLength(3)
  })

  it('leaves nobody waiting when the session ends', async () => {
    const { line } = lineOf(2)
    const waiting = line.push(REQUEST)
    line.end()
    await expect(waiting).rejects.toMatchObject({ code: 'ingest/ending' })
    await expect(line.push(REQUEST)).rejects.toMatchObject({ code: 'ingest/ending' })
  })
})

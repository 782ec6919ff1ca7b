import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cleanUp, freshFolder, startMember } from '../test/harness.ts'
import { ownIdentity } from './process/identity.ts'
import { acquireWriterLease } from './writer-lease.ts'

afterAll(cleanUp)

it('refuses a second writer in one sentence with pid, command and start', async () => {
  const stateDir = freshFolder()
  const writer = startMember('lease', stateDir)
  const { pid } = await writer.reply
  const error = await acquireWriterLease({ stateDir, env: 'dev', command: 'second' }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'state/writer-active', exitStatus: 2, facts: { found: { pid, command: 'test writer' } } })
  expect((error as Error).message).toMatch(new RegExp(`process ${pid} \\(test writer\\) has been writing since \\d{4}-.*Z`))
  await writer.tell('close')
  await (await acquireWriterLease({ stateDir, env: 'dev', command: 'second' })).release()
})

it('gives each environment a writer of its own', async () => {
  const stateDir = freshFolder()
  const dev = await acquireWriterLease({ stateDir, env: 'dev', command: 'a' })
  const odd = await acquireWriterLease({ stateDir, env: '../team/ä', command: 'b' })
  expect(readdirSync(stateDir)).toEqual(['lease'])
  await expect(acquireWriterLease({ stateDir, env: 'dev', command: 'c' })).rejects.toMatchObject({ code: 'state/writer-active' })
  await Promise.all([dev.release(), odd.release()])
})

it('is given back when the process ends without releasing it', async () => {
  const stateDir = freshFolder()
  const writer = startMember('lease', stateDir)
  await writer.reply
  await writer.tell('exit')
  expect(readdirSync(join(stateDir, 'lease', 'dev'))).toEqual([])
})

it('is taken over when the writer was killed', async () => {
  const stateDir = freshFolder()
  const writer = startMember('lease', stateDir)
  await writer.reply
  await writer.kill()
  await (await acquireWriterLease({ stateDir, env: 'dev', command: 'next' })).release()
})

it('is taken over by exactly one of five that try at the same moment', async () => {
  const stateDir = freshFolder()
  const rounds = Array.from({ length: 25 }, (_, n) => n + 1)
  for (const round of rounds) plantStale(stateDir, String(round), `${1 << 30}-1-${ownIdentity().bootId}`)
  const times = `${Date.now() + 1_500},50,${rounds.length}`
  const members = Array.from({ length: 5 }, () => startMember('race', stateDir, times))
  const replies = await Promise.all(members.map((member) => member.reply))
  expect(replies.flatMap((reply) => reply.won).sort((a, b) => a - b)).toEqual(rounds)
})

it.each([
  ['of another boot', (own: ReturnType<typeof ownIdentity>) => `${own.pid}-${own.startTime}-0123456789abcdef`],
  ['whose pid now is another process', (own: ReturnType<typeof ownIdentity>) => `${own.pid}-1-${own.bootId}`],
  ['whose pid is gone', (own: ReturnType<typeof ownIdentity>) => `${1 << 30}-1-${own.bootId}`],
])('takes over a lease %s', async (_name, nameOf) => {
  const stateDir = freshFolder()
  const { folder, stale } = plantStale(stateDir, 'dev', nameOf(ownIdentity()))
  const lease = await acquireWriterLease({ stateDir, env: 'dev', command: 'new' })
  expect(readdirSync(folder)).toHaveLength(2)
  expect(readdirSync(folder).some((name) => name.startsWith(stale))).toBe(false)
  await lease.release()
})

it('says what is wrong when the state folder cannot be written', async () => {
  const stateDir = join(freshFolder(), 'file')
  writeFileSync(stateDir, '')
  await expect(acquireWriterLease({ stateDir, env: 'dev', command: 'a' })).rejects.toMatchObject({
    code: 'state/not-writable',
    exitStatus: 2,
  })
})

function plantStale(stateDir: string, env: string, identity: string): { folder: string; stale: string } {
  const folder = join(stateDir, 'lease', env)
  mkdirSync(folder, { recursive: true })
  const stale = `${identity}-aaaaaaaa`
  writeFileSync(join(folder, `${stale}.claim`), '')
  writeFileSync(join(folder, `${stale}.held`), '{"command":"old","since":"2020-01-01T00:00:00.000Z"}')
  return { folder, stale }
}

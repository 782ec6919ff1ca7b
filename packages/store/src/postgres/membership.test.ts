import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest'
import { cleanUp, endMembers, freshFolder, serversUnder, startMember } from '../../test/harness.ts'
import { openStore, type Store, servicesStatus, startServices, stopServices } from '../index.ts'
import { isRoot } from './account.ts'

let stateDir: string

// Making a cluster takes a second, so most tests share one; each begins and ends with its server stopped.
beforeAll(async () => {
  stateDir = freshFolder()
  await (await openStore({ stateDir })).close()
})

afterEach(async () => {
  await endMembers()
  await stopServices({ stateDir })
})

afterAll(cleanUp)

async function remember(store: Store, word: string): Promise<void> {
  await store.pool.query('create table if not exists words (word text)')
  await store.pool.query('insert into words values ($1)', [word])
}

async function words(store: Store): Promise<string[]> {
  return (await store.pool.query<{ word: string }>('select word from words order by word')).rows.map((row) => row.word)
}

it('gives ten processes that open a fresh folder at once one server, which ends with the last', async () => {
  const stateDir = freshFolder()
  const members = Array.from({ length: 10 }, () => startMember('open', stateDir))
  const replies = await Promise.all(members.map((member) => member.reply))
  expect(new Set(replies.map((reply) => reply.url)).size).toBe(1)
  expect(serversUnder(stateDir)).toHaveLength(1)
  expect((await servicesStatus({ stateDir })).users.sort()).toEqual(replies.map((reply) => reply.pid).sort())
  expect(await Promise.all(members.slice(1).map((member) => member.tell('close')))).toEqual(Array(9).fill(0))
  expect(serversUnder(stateDir)).toHaveLength(1)
  await members[0].tell('close')
  expect(serversUnder(stateDir)).toEqual([])
}, 30_000)

it('adopts the server of killed processes and stops it after itself', async () => {
  const killed = startMember('open', stateDir)
  await killed.reply
  const [server] = serversUnder(stateDir)
  await killed.kill()
  const store = await openStore({ stateDir })
  expect(await servicesStatus({ stateDir })).toMatchObject({ running: true, pid: server, users: [process.pid], kept: false })
  await store.close()
  expect(serversUnder(stateDir)).toEqual([])
})

it('starts again with all data after the server was killed, on the same port', async () => {
  const before = await openStore({ stateDir })
  await remember(before, 'kept')
  expect(await words(before)).toEqual(['kept'])
  process.kill(serversUnder(stateDir)[0], 'SIGKILL')
  const after = await openStore({ stateDir })
  expect(await words(after)).toEqual(['kept'])
  expect(after.url).toBe(before.url)
  expect(await words(before)).toEqual(['kept'])
  await Promise.all([before.close(), after.close()])
  expect(serversUnder(stateDir)).toEqual([])
})

it('starts although the pid in a stale file now is another process', async () => {
  const data = join(stateDir, 'postgres', 'data')
  // PostgreSQL minds only processes of its own user.
  const { uid, gid } = statSync(data)
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { cwd: '/', ...(isRoot() ? { uid, gid } : {}) })
  onTestFinished(() => {
    other.kill()
  })
  writeFileSync(join(data, 'postmaster.pid'), `${other.pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready   \n`)
  expect(await servicesStatus({ stateDir })).toMatchObject({ running: false })
  const store = await openStore({ stateDir })
  expect(serversUnder(stateDir)).toHaveLength(1)
  await store.close()
})

it('takes another port when the last one is in use', async () => {
  const first = await openStore({ stateDir })
  const port = Number(new URL(first.url).port)
  await first.close()
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve))
  const second = await openStore({ stateDir })
  expect(Number(new URL(second.url).port)).not.toBe(port)
  await second.close()
  squatter.close()
})

it.each([
  ['before it holds the lock', 'users', /claim$/],
  ['while it makes the cluster', '', /^init-/],
  ['when the cluster has just been made', '', /^data$/],
  ['when the server process has just begun', 'data', /^postmaster.pid$/],
])('is whole after the first process is killed %s', async (_name, folder, file) => {
  const fresh = freshFolder()
  const killed = startMember('open', fresh)
  const watched = join(fresh, 'postgres', folder)
  while (!(existsSync(watched) && readdirSync(watched).some((name) => file.test(name)))) await sleep(1)
  await killed.kill()
  const store = await openStore({ stateDir: fresh })
  await remember(store, 'here')
  expect(await words(store)).toEqual(['here'])
  expect(serversUnder(fresh)).toHaveLength(1)
  await store.close()
  expect(serversUnder(fresh)).toEqual([])
  expect(readdirSync(join(fresh, 'postgres')).filter((name) => name.startsWith('init-'))).toEqual([])
})

it('stays after its last user when started as a service, until it is stopped', async () => {
  const { url } = await startServices({ stateDir })
  const status = await servicesStatus({ stateDir })
  expect(status).toMatchObject({ running: true, url, users: [], kept: true })
  const user = startMember('open', stateDir)
  expect((await user.reply).url).toBe(url)
  await user.tell('close')
  expect(serversUnder(stateDir)).toEqual([status.pid])
  const holder = startMember('open', stateDir)
  const { pid } = await holder.reply
  expect(await stopServices({ stateDir })).toEqual({ stopped: true, users: [pid] })
  expect(serversUnder(stateDir)).toEqual([])
  expect(await holder.tell('close')).toBe(0)
  expect(await servicesStatus({ stateDir })).toEqual({ running: false, users: [], kept: false })
  expect(await stopServices({ stateDir })).toEqual({ stopped: false, users: [] })
}, 15_000)

it('looks at and stops what never ran without making anything', async () => {
  const nowhere = join(freshFolder(), 'state')
  expect(await servicesStatus({ stateDir: nowhere })).toEqual({ running: false, users: [], kept: false })
  expect(await stopServices({ stateDir: nowhere })).toEqual({ stopped: false, users: [] })
  expect(existsSync(nowhere)).toBe(false)
})

it('stops when the last user ends without closing', async () => {
  const user = startMember('open', stateDir)
  await user.reply
  await user.tell('exit')
  for (let tries = 0; tries < 200 && serversUnder(stateDir).length > 0; tries++) await sleep(10)
  expect(serversUnder(stateDir)).toEqual([])
})

it('comes through when others open and close all the time', async () => {
  const rounds = Array.from({ length: 4 }, async (_, n) => {
    for (let round = 0; round < 8; round++) {
      const store = await openStore({ stateDir })
      expect((await store.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      if ((n + round) % 3 === 0) await sleep(15)
      await store.close()
    }
  })
  await Promise.all(rounds)
  expect(serversUnder(stateDir)).toEqual([])
}, 20_000)

it('ends with its user when the state folder is deleted under it', async () => {
  const stateDir = freshFolder()
  const store = await openStore({ stateDir })
  const [server] = serversUnder(stateDir)
  expect(server).toBeGreaterThan(0)
  rmSync(stateDir, { recursive: true })
  await store.close()
  for (let tries = 0; tries < 400 && serversUnder(stateDir).length > 0; tries++) await sleep(10)
  expect(serversUnder(stateDir)).toEqual([])
  expect(existsSync(stateDir)).toBe(false)
})

it('keeps the password to the owner', async () => {
  const store = await openStore({ stateDir })
  expect(statSync(join(stateDir, 'postgres', 'password')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(stateDir, 'postgres', 'data', 'pg_hba.conf'), 'utf8')).not.toMatch(/\btrust\b\s*$/m)
  await store.close()
})

it.runIf(isRoot())('as root, runs the server as a plain user inside the private folder, which others may pass but not read', async () => {
  const store = await openStore({ stateDir })
  expect(statSync(`/proc/${serversUnder(stateDir)[0]}`).uid).not.toBe(0)
  expect(statSync(stateDir).mode & 0o777).toBe(0o711)
  await store.close()
})

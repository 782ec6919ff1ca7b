// A process that uses a state folder as told: `member.ts open|lease|race|count STATE …`. It prints one JSON line when it is
// there; then a line `close` on its standard input lets it go properly, `exit` ends it without closing.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const [, , role, stateDir, argument] = process.argv

function say(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

async function untilTold(close: () => Promise<void>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'exit') process.exit(0)
    if (line === 'close') break
  }
  await close()
  process.stdin.destroy()
}

async function open(): Promise<void> {
  const { openStore } = await import('../src/store.ts')
  const store = await openStore({ stateDir, databaseUrl: argument })
  say({ pid: process.pid, url: store.url })
  await untilTold(() => store.close())
}

async function lease(): Promise<void> {
  const { acquireWriterLease } = await import('../src/writer-lease.ts')
  try {
    const taken = await acquireWriterLease({ stateDir, env: 'dev', command: 'test writer' })
    say({ pid: process.pid, taken: true })
    await untilTold(() => taken.release())
  } catch (error) {
    say({ pid: process.pid, taken: false, ...(error as { toDocument(): object }).toDocument() })
  }
}

/** Tries at moments all share, `START+1*TICK`, `START+2*TICK` …, for the leases of environments `1`, `2` …; tells which it got. */
async function race(): Promise<void> {
  const { acquireWriterLease } = await import('../src/writer-lease.ts')
  const [start, tick, rounds] = argument.split(',').map(Number)
  const won: number[] = []
  for (let round = 1; round <= rounds; round++) {
    while (Date.now() < start + round * tick) {
      /* A timer would spread the processes over milliseconds. */
    }
    try {
      await acquireWriterLease({ stateDir, env: String(round), command: 'race' })
      won.push(round)
    } catch (error) {
      if ((error as { code: string }).code !== 'state/writer-active') throw error
    }
  }
  say({ pid: process.pid, won })
  await untilTold(async () => {})
}

/** Adds to a number in a file without any atomicity but the claim's. */
async function count(): Promise<void> {
  const { claimAlone } = await import('../src/process/claim.ts')
  const path = join(stateDir, 'count')
  for (let n = 0; n < Number(argument); n++) {
    const result = await claimAlone(join(stateDir, 'lock'), { command: 'count', waitMs: 30_000 })
    if (!('claim' in result)) break
    writeFileSync(path, String(Number(readFileSync(path, 'utf8')) + 1))
    result.claim.release()
  }
  say({ pid: process.pid })
}

await { open, lease, race, count }[role as 'open' | 'lease' | 'race' | 'count']()

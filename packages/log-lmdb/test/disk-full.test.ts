import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type EmbeddedLog, openLog } from '../src/index.ts'
import { filler } from './filler.ts'
import { scratchFolder } from './scratch.ts'

const DISK_BYTES = 8 * 1024 * 1024

/** A disk of 8 MiB, or undefined where this user may not mount one. */
function smallDisk(): string | undefined {
  const path = scratchFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'millrace-test', path], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]))
  return path
}

/** Appends an entry, and notes in a pair how many there are. */
function write(log: EmbeddedLog, size: number): Promise<number> {
  return log.transact((transaction) => {
    const offset = transaction.appendEncoded('t', 0, filler(size))
    transaction.put('count', Buffer.from(String(offset + 1)))
    return offset
  })
}

/** Appends until it fails. */
async function fill(log: EmbeddedLog, size: number): Promise<unknown> {
  for (let i = 0; i < 1000; i++) {
    try {
      await write(log, size)
    } catch (error) {
      return error
    }
  }
  return undefined
}

test.for([1_000_000, 100_000, 3_000])(
  'a full disk is told with its free bytes, and the log goes on after space is made (entries of %i bytes)',
  async (size, { skip }) => {
    const disk = smallDisk() ?? skip('a small disk (tmpfs) may be mounted by root only')
    const path = join(disk, 'log')
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(size < 10_000 ? DISK_BYTES - 1_200_000 : 4_000_000))
    const log = openLog({ path })
    await log.openTopic('t', { partitions: 1 })

    expect(await fill(log, size)).toMatchObject({
      family: 'operating',
      code: 'log/disk-full',
      facts: { asked: path, details: { folder: path } },
    })
    const { next } = log.range('t', 0)
    expect(next).toBeGreaterThan(0)
    expect(Buffer.from(log.get('count') ?? []).toString()).toBe(String(next))
    expect(log.read({ topic: 't', partition: 0, from: 0, bytesMax: 1e9 })).toHaveLength(next)
    await expect(write(log, size)).rejects.toMatchObject({
      code: 'log/disk-full',
    })

    rmSync(ballast)
    expect(await write(log, size)).toBe(next)
    await log.close()
    const again = openLog({ path })
    expect(again.read({ topic: 't', partition: 0, from: 0, bytesMax: 1e9 }).every((entry) => entry.bytes.every((byte) => byte === 7))).toBe(
      true,
    )
    await again.close()
  },
)

test('trimming makes space on a full disk', async ({ skip }) => {
  const disk = smallDisk() ?? skip('a small disk (tmpfs) may be mounted by root only')
  const log = openLog({ path: join(disk, 'log') })
  await log.openTopic('t', { partitions: 1 })
  expect(await fill(log, 1_000_000)).toMatchObject({ code: 'log/disk-full' })
  const { next } = log.range('t', 0)
  expect(await log.trim('t', 0, next - 1)).toBe(next - 1)
  expect(await write(log, 1_000_000)).toBe(next)
  await log.close()
})

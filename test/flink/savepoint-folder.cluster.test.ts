import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MillraceError } from '@millrace/core'
import { FlinkJobs, GatewaySession } from '@millrace/engine-flink'
import { afterAll, describe, expect, it } from 'vitest'
import { cancelJobs } from '../../packages/cli/test/scaled/scaled-project.ts'

const ROOM_BYTES = 64 * 1024
const NAME = `savepoint folder ${randomUUID()}`
const root = mkdtempSync(join(tmpdir(), 'millrace-savepoints-'))

/** A file system of its own with little room. Only the superuser may have one. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(root, 'disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${ROOM_BYTES}`, 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    return undefined
  }
}

const disk = smallDisk()

describe('a job that is to stop behind a savepoint', () => {
  const jobs = new FlinkJobs(process.env.MILLRACE_FLINK_REST as string)

  async function startJob(): Promise<string> {
    const session = await GatewaySession.open(process.env.MILLRACE_FLINK_GATEWAY as string, {
      'pipeline.name': NAME,
      'parallelism.default': '1',
      'execution.checkpointing.interval': '1 s',
    })
    await session.run("CREATE TEMPORARY TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
    await session.run("CREATE TEMPORARY TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole')")
    const { jobId } = await session.run('INSERT INTO nowhere SELECT n FROM numbers')
    await session.close()
    await runs(jobId as string, 0)
    return jobId as string
  }

  /** Waits until all its tasks run and it has so many checkpoints and one more. */
  async function runs(job: string, checkpoints: number): Promise<void> {
    await expect.poll(async () => (await jobs.checkpoints(job)).completed, { timeout: 60_000 }).toBeGreaterThan(checkpoints)
    expect(await jobs.state(job)).toBe('RUNNING')
  }

  async function refusal(job: string, folder: string): Promise<MillraceError> {
    const error = await jobs.stopWithSavepoint(job, { folder: `file://${folder}` }).then(
      (place) => expect.fail(`a savepoint lies at ${place}`),
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(MillraceError)
    return error as MillraceError
  }

  afterAll(async () => {
    await cancelJobs(NAME)
    if (disk !== undefined) execFileSync('umount', [disk])
    rmSync(root, { recursive: true, force: true })
  })

  it.skipIf(disk === undefined)('goes on where the folder is full, and stops when there is room', async () => {
    const filler = join(disk as string, 'filler')
    writeFileSync(filler, Buffer.alloc(ROOM_BYTES))
    const job = await startJob()
    const { code, message } = await refusal(job, disk as string)
    expect(code).toBe('engine/no-savepoint')
    expect(message).toMatch(/No space left on device/)
    await runs(job, (await jobs.checkpoints(job)).completed)
    rmSync(filler)
    expect(await jobs.stopWithSavepoint(job, { folder: `file://${disk}` })).toContain(disk)
    await expect.poll(() => jobs.state(job), { timeout: 60_000 }).toBe('FINISHED')
  })

  it('goes on where the folder cannot be made', async () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    const job = await startJob()
    expect(await refusal(job, join(file, 'savepoints'))).toMatchObject({
      code: 'engine/no-savepoint',
      message: expect.stringMatching(/FileAlreadyExistsException/),
    })
    await runs(job, (await jobs.checkpoints(job)).completed)
  })
})

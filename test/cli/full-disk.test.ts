import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectationOf } from '../harness/checker/expectation.ts'
import { wholeInput } from '../harness/document.ts'
import { expectFailure } from '../harness/failure.ts'
import { madeLog } from '../harness/log-text.ts'
import { Random } from '../harness/random.ts'
import { SmallDisk } from '../harness/small-disk.ts'
import { StateFolder } from '../harness/state-folder.ts'

// A state folder on a disk that fills up: the run says so, loses nothing, and goes on once there is room.

const log = madeLog(new Random(41), {
  lines: 60_000,
  from: Date.UTC(2026, 3, 1),
  stepMs: 400,
  disorderMs: 90_000,
  addresses: 300,
  oddShare: 0.05,
})
const NO_MOUNT = 'a small disk cannot be mounted by this user'
const roomy = new StateFolder()
const disk = SmallDisk.mount(200)
let url: string

beforeAll(async () => {
  if (disk !== undefined) url = await roomy.keepServices()
}, 120_000)

afterAll(async () => {
  await roomy.close()
  disk?.remove()
})

function folderOnDisk(name: string): StateFolder {
  const state = join((disk as SmallDisk).path, name)
  mkdirSync(state)
  return new StateFolder({ state })
}

describe.skipIf(disk === undefined)(disk === undefined ? `a full disk (skipped: ${NO_MOUNT})` : 'a full disk', () => {
  it.each([2, 5])(
    'of %i MB is an operating error that names what to do, and the run goes on when there is room',
    async (megabytes) => {
      const folder = folderOnDisk(`state-${megabytes}`)
      const input = folder.write('big.log', log)
      disk?.resize(megabytes)
      const args = ['--database', url, '--env', `disk${megabytes}`]
      const outcome = await folder.command(['run', '--input', input, '--json', ...args])
      const code = (JSON.parse(outcome.stdout) as { error: { code: string } }).error.code
      expect(['log/disk-full', 'lake/disk', 'engine/io', 'state/not-writable']).toContain(code)
      expectFailure(outcome, { code, status: 2 })
      disk?.resize(300)
      const expected = expectationOf(log)
      expect(wholeInput(await folder.run(input, ...args))).toEqual(expected.document)
      expect(await folder.digest(input, ...args)).toEqual(expected.tables)
      await folder.close()
    },
    120_000,
  )
})

import { constants } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { operatingError } from '@millrace/core'

/** Writes a new file and returns when its bytes are on the disk; its folder needs `syncPath` for the name itself. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await reporting(`write ${path}`, async () => {
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/** Flushes a file or a folder to the disk. */
export async function syncPath(path: string): Promise<void> {
  await reporting(`flush ${path}`, async () => {
    const file = await open(path, constants.O_RDONLY)
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/** Makes a folder and flushes the name of each folder it had to make. */
export async function makeFolder(path: string): Promise<void> {
  await reporting(`make the folder ${path}`, async () => {
    const first = await mkdir(path, { recursive: true })
    if (first === undefined) return
    for (let made = path; made.length >= first.length; made = dirname(made)) await syncPath(dirname(made))
  })
}

/** Removes files, missing ones included; used on what no snapshot names, so that a failure leaves nothing but an orphan. */
export async function removeFiles(paths: readonly string[]): Promise<void> {
  await Promise.allSettled(paths.map((path) => rm(path, { force: true })))
}

/** Runs an action on the disk; its failure becomes `lake/disk` and says what was tried. */
export async function reporting<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    if (cause instanceof Error && 'family' in cause) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw operatingError('lake/disk', `The lake could not ${action}: ${reason}`, {
      asked: action,
      found: reason,
      do: 'Make room or mend the permissions, then run the command again; nothing was committed.',
      cause,
    })
  }
}

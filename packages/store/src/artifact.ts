import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'

/** Folder of a state folder's artifacts: files of bytes that never change, named by their SHA-256. */
export function artifactDir(stateDir: string): string {
  return join(stateDir, 'artifacts')
}

/** Keeps bytes under their SHA-256 (hex), durable when it returns. */
export async function saveArtifact(stateDir: string, bytes: Uint8Array): Promise<string> {
  const sha256 = digestOf(bytes)
  const folder = artifactDir(stateDir)
  const path = join(folder, sha256)
  try {
    await mkdir(folder, { recursive: true })
    if (await isWhole(path, bytes)) return sha256
    await writeWhole(path, bytes)
    await flush(folder)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw operatingError('model/artifact-not-written', `The artifact ${path} cannot be written: ${reason}`, {
      asked: path,
      found: reason,
      do: 'Make room or mend the permissions, then run the command again; nothing was registered.',
      cause,
    })
  }
  return sha256
}

/**
 * The bytes of an artifact, compared with their name.
 *
 * @throws `model/artifact-missing`, `model/artifact-damaged`
 */
export async function loadArtifact(stateDir: string, sha256: string): Promise<Uint8Array> {
  const path = join(artifactDir(stateDir), sha256)
  const bytes = await readFile(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw operatingError('model/artifact-missing', `The artifact ${path} cannot be read: ${reason}`, {
      asked: path,
      found: reason,
      do: 'Restore the file from a copy of the state folder, or train and deploy a new version.',
      cause,
    })
  })
  const found = digestOf(bytes)
  if (found === sha256) return bytes
  throw operatingError('model/artifact-damaged', `The artifact ${path} is damaged: its bytes have another SHA-256 than its name says.`, {
    asked: sha256,
    found,
    do: 'Restore the file from a copy of the state folder, or train and deploy a new version.',
  })
}

async function isWhole(path: string, bytes: Uint8Array): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.size === bytes.length && digestOf(await readFile(path)) === digestOf(bytes)
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${randomUUID()}.part`
  try {
    const file = await open(partial, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
  } catch (cause) {
    await rm(partial, { force: true })
    throw cause
  }
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

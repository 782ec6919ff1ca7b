import { createHash } from 'node:crypto'
import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cleanUp, freshFolder } from '../test/harness.ts'
import { artifactDir, loadArtifact, saveArtifact } from './index.ts'

afterAll(cleanUp)

const bytes = new TextEncoder().encode('a model')
const sha256 = createHash('sha256').update(bytes).digest('hex')

it('keeps bytes under their SHA-256, once, and gives them back', async () => {
  const stateDir = freshFolder()
  expect(await Promise.all([1, 2, 3].map(() => saveArtifact(stateDir, bytes)))).toEqual([sha256, sha256, sha256])
  expect(readdirSync(artifactDir(stateDir))).toEqual([sha256])
  expect([...(await loadArtifact(stateDir, sha256))]).toEqual([...bytes])
})

it('refuses bytes that changed or went, and names the file', async () => {
  const stateDir = freshFolder()
  await saveArtifact(stateDir, bytes)
  const path = join(artifactDir(stateDir), sha256)
  writeFileSync(path, 'a m0del')
  await expect(loadArtifact(stateDir, sha256)).rejects.toMatchObject({ code: 'model/artifact-damaged', exitStatus: 2 })
  rmSync(path)
  await expect(loadArtifact(stateDir, sha256)).rejects.toMatchObject({ code: 'model/artifact-missing' })
})

it('writes an artifact again when the file of its name is damaged', async () => {
  const stateDir = freshFolder()
  await saveArtifact(stateDir, bytes)
  truncateSync(join(artifactDir(stateDir), sha256), 3)
  await saveArtifact(stateDir, bytes)
  expect(await loadArtifact(stateDir, sha256)).toHaveLength(bytes.length)
})

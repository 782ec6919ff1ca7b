// Puts what an image is made of into a folder: node scripts/image-files.ts production|test --out FOLDER
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MillraceError } from '@millrace/core'
import { stageImage } from './image/stage-image.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' }, built: { type: 'string' } } })
try {
  const image = positionals[0] ?? ''
  stageImage({
    root: join(import.meta.dirname, '..'),
    image,
    out: resolve(values.out ?? join('build', 'image', image)),
    built: values.built,
  })
} catch (error) {
  if (!(error instanceof MillraceError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = error.exitStatus
}

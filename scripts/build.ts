// Builds the packages as users install them, into build/ or the folder after --out: npm run build
import { join, relative, resolve } from 'node:path'
import { MillraceError } from '@millrace/core'
import { buildPackages } from './build/build-packages.ts'

const root = join(import.meta.dirname, '..')
const given = process.argv.indexOf('--out')
try {
  const folders = buildPackages({ root, out: given > 0 ? resolve(process.argv[given + 1]) : join(root, 'build') })
  for (const folder of folders) console.log(relative(process.cwd(), folder))
} catch (error) {
  if (!(error instanceof MillraceError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = error.exitStatus
}

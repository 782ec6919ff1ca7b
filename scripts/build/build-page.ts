import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'

interface PageOptions {
  /** The repository. */
  readonly root: string
  /** A package's sources. */
  readonly source: string
  /** Folder that gets the page; it is emptied first. */
  readonly out: string
}

/** Builds the page of a package that has one, that is, a `vite.config.ts`. */
export function buildPage({ root, source, out }: PageOptions): void {
  if (!existsSync(join(source, 'vite.config.ts'))) return
  const args = ['build', source, '--outDir', out, '--emptyOutDir', '--logLevel', 'error']
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  })
  if (status === 0) return
  throw operatingError('build/page', `The page of ${source} does not build:\n${stderr}`, { do: 'Mend what is named above.' })
}

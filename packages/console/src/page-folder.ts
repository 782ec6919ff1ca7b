import { execFile } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const PACKAGE = fileURLToPath(new URL('../', import.meta.url))
const BUILT = join(PACKAGE, 'dist/page')
const BUILD_MS_MAX = 120_000

/**
 * Folder of the built page (`index.html` and `assets/`). An installed package brings it; in the repository it is built here, in
 * seconds and without a network, when it is missing or older than its sources. Fails with what the build said.
 */
export async function pageFolder(): Promise<string> {
  if (!existsSync(join(PACKAGE, 'page')) || isFresh()) return BUILT
  const fresh = join(PACKAGE, `dist/.page-${process.pid}`)
  const packageFile = createRequire(import.meta.url).resolve('vite/package.json')
  const args = ['build', PACKAGE, '--outDir', fresh, '--emptyOutDir', '--logLevel', 'error']
  await promisify(execFile)(process.execPath, [join(dirname(packageFile), 'bin/vite.js'), ...args], {
    timeout: BUILD_MS_MAX,
    env: { ...process.env, NODE_ENV: 'production' },
  })
  replace(fresh)
  return BUILT
}

function isFresh(): boolean {
  const built = join(BUILT, 'index.html')
  if (!existsSync(built)) return false
  const sources = readdirSync(join(PACKAGE, 'page'), { recursive: true, withFileTypes: true })
  const files = sources.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const at = statSync(built).mtimeMs
  return [...files, ...['index.html', 'vite.config.ts', 'package.json'].map((name) => join(PACKAGE, name))].every(
    (path) => statSync(path).mtimeMs <= at,
  )
}

/** Puts a build in its place. Of two processes that build at the same time either build is the right one. */
function replace(fresh: string): void {
  try {
    rmSync(BUILT, { recursive: true, force: true })
    renameSync(fresh, BUILT)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(join(BUILT, 'index.html'))) throw error
  }
}

#!/usr/bin/env node
// Runs the command with the pinned Node; an older Node than it needs is left at once, as is one that cannot strip types.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24
const here = dirname(fileURLToPath(import.meta.url))
const main = [join(here, '../dist/main.js'), join(here, '../src/main.ts')].find((file) => existsSync(file))

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) {
  // Compiled code is kept between commands: a third of a second of each start.
  module.enableCompileCache?.()
  // Threads and child processes keep theirs where the environment says so: half a second of each.
  const kept = module.getCompileCacheDir?.()
  if (kept !== undefined) process.env.NODE_COMPILE_CACHE ??= dirname(kept)
  const { main: run } = await import(main)
  await run(process.argv)
} else {
  const pinned = pinnedNode()
  if (pinned === undefined) {
    process.stderr.write(
      `Millrace needs Node ${NODE_MAJOR}; this is ${process.versions.node} and the pinned one is not installed. Run \`npm rebuild node\` in the folder of package.json.\n`,
    )
    process.exit(2)
  }
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

function pinnedNode() {
  try {
    const file = join(
      dirname(createRequire(import.meta.url).resolve('node/package.json')),
      'bin',
      process.platform === 'win32' ? 'node.exe' : 'node',
    )
    return existsSync(file) ? file : undefined
  } catch {
    return undefined
  }
}

import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

const SKIPPED_FOLDERS = new Set(['.git', 'node_modules', 'build', '.millrace', '.bootstrap-lock', '.bootstrap-lock-takeover'])
const TEXT_BYTES_MAX = 4 * 1024 * 1024

export interface TextFile {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly text: string
}

/** Paths that belong to the repository: what git tracks or would track, or every file when the folder is no git work tree. */
export function listFiles(root: string): string[] {
  const paths = existsSync(join(root, '.git')) ? gitFiles(root) : walk(root, '')
  return paths.filter((path) => existsSync(join(root, path)) && lstatSync(join(root, path)).isFile()).sort()
}

function gitFiles(root: string): string[] {
  const listing = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return [...new Set(listing.split('\0').filter((path) => path !== ''))]
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : walk(root, path)
    return entry.isFile() ? [path.split(sep).join('/')] : []
  })
}

/** The files that hold text: binary ones (with a NUL byte in the first 8 KiB) and very large ones are left out. */
export function readTexts(root: string, paths: readonly string[]): TextFile[] {
  return paths.flatMap((path) => {
    const bytes = readFileSync(join(root, path))
    if (bytes.length > TEXT_BYTES_MAX || bytes.subarray(0, 8192).includes(0)) return []
    return [{ path, text: bytes.toString('utf8') }]
  })
}

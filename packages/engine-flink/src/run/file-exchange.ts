import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { murmur2, partitionOf } from '@millrace/columnar'
import { userError } from '@millrace/core'
import type { OpenExchange } from './exchange.ts'
import { stampedFormat } from './stamped-record.ts'

/** A folder that this machine and a cluster both see: each of its machines, and may write to. */
export interface SharedFolder {
  /** As this machine sees it. */
  readonly path: string
  /** As the cluster sees it, e.g. `file:///mnt/runs`; by the same path when left out. */
  readonly url?: string | undefined
}

/** Files of the rows of one kind of source: readers share them. */
const PARTS = 2

/**
 * Folders of one job in a folder that both sides see: stamped rows go in as lines of JSON, results come out as lines of `debezium-json`.
 *
 * @throws user `engine/no-shared-folder` where the folder cannot be written
 */
export function fileExchange({ path, url = pathToFileURL(path).href }: SharedFolder): OpenExchange {
  return () => {
    const run = `millrace-run-${randomUUID()}`
    const own = join(path, run)
    let made = 0
    const create = (what: string): { readonly folder: string; readonly options: Readonly<Record<string, string>> } => {
      // A folder that is not there is not made: it would be this machine's alone.
      if (made === 0) written(path, () => mkdirSync(own))
      const name = `${what}-${made++}`
      const folder = join(own, name)
      written(path, () => mkdirSync(folder))
      return { folder, options: { connector: 'filesystem', path: `${url.replace(/\/+$/, '')}/${run}/${name}` } }
    }
    return {
      put: async (records, last) => {
        const { folder, options } = create('in')
        const parts = Array.from({ length: PARTS }, (): string[] => [])
        for (const { key, value } of records) parts[partitionOf(murmur2(Buffer.from(key)), PARTS)].push(value)
        for (const [i, part] of parts.entries())
          written(path, () => writeFileSync(join(folder, `part-${i}`), `${[...part, last].join('\n')}\n`))
        return { ...options, ...stampedFormat('json') }
      },
      results: async () => {
        const { folder, options } = create('out')
        return { options: { ...options, format: 'debezium-json' }, read: async () => committedLines(folder) }
      },
      close: async () => rmSync(own, { recursive: true, force: true }),
    }
  }
}

/** Files that are not whole yet, and folders of these, have names that begin with a point or an underscore. */
function committedLines(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !name.split(sep).some((part) => /^[._]/.test(part)))
  return names.flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  )
}

function written(path: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    const found = (error as Error).message
    throw userError('engine/no-shared-folder', `The folder ${path}, which rows are to go to Flink through, cannot be written: ${found}.`, {
      asked: path,
      found,
      do: 'Name a folder that is there and may be written, on a file system that the machines of the cluster have too.',
      cause: error as Error,
    })
  }
}

import { resolve } from 'node:path'
import type { Field } from '@millrace/columnar'
import { type FileFormat, SinkRunner, type SinkStatus, type SinkTarget, sinkOf } from '@millrace/connect'
import type { EventLog, Setting, SinkAsset } from '@millrace/core'
import { settingValue } from './alert-notice.ts'

export interface SinkSetOptions {
  readonly sinks: readonly SinkAsset[]
  readonly log: EventLog
  /** Partitions of the topic of a sink's input. */
  readonly partitionsOf: (sink: SinkAsset) => number
  /** The columns that a sink gets: those of its input that users see. */
  readonly fieldsOf: (sink: SinkAsset) => readonly Field[]
  /** Folders of files are relative to it. */
  readonly projectDir: string
  readonly parquet: FileFormat
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** The sinks of a project beside a live session: each goes its own pace, and none can stop the session. */
export class SinkSet {
  readonly #runners: readonly SinkRunner[]
  readonly #stopping = new AbortController()
  #running: Promise<unknown> | undefined
  /** Environment variables that sinks need and that are not set: these sinks do not run. */
  readonly unset: readonly string[]

  constructor(options: SinkSetOptions) {
    const { sinks, log, environment = process.env } = options
    const unset = new Set<string>()
    const resolved = sinks.map((sink) => ({ sink, target: sinkTarget(sink, { ...options, environment, unset }) }))
    this.unset = [...unset]
    this.#runners = resolved.flatMap(({ sink, target }) => {
      if (target === undefined) return []
      const { name, input } = sink
      const fields = options.fieldsOf(sink)
      return new SinkRunner({
        log,
        name,
        sink: sinkOf(target, { name, fields, parquet: options.parquet }),
        topic: input.name,
        partitions: options.partitionsOf(sink),
        columns: fields.map((field) => field.name),
      })
    })
  }

  get status(): readonly SinkStatus[] {
    return this.#runners.map((runner) => runner.status)
  }

  start(): void {
    this.#running ??= Promise.all(this.#runners.map((runner) => runner.run(this.#stopping.signal)))
  }

  /** Brings what was taken to an end as far as time allows. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }
}

interface TargetPlace {
  readonly projectDir: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly unset: Set<string>
}

/** The declaration with its settings read; undefined where one is not set. */
function sinkTarget({ to }: SinkAsset, { projectDir, environment, unset }: TargetPlace): SinkTarget | undefined {
  if (to.kind === 'json-lines' || to.kind === 'parquet-files') return { ...to, folder: resolve(projectDir, to.folder) }
  const read = (setting: Setting): string | undefined => {
    const value = settingValue(setting, environment)
    if (value === undefined) unset.add(typeof setting === 'string' ? 'an empty text' : setting.env)
    return value
  }
  const url = read(to.url)
  if (to.kind === 'postgres-table' || to.kind === 'redis-keys') return url === undefined ? undefined : { ...to, url }
  const secret = to.secret === undefined ? undefined : read(to.secret)
  return url === undefined || (to.secret !== undefined && secret === undefined) ? undefined : { kind: 'http', url, secret }
}

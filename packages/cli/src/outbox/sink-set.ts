import { resolve } from 'node:path'
import type { Field } from '@millrace/columnar'
import { type FileFormat, SinkRunner, type SinkStatus, type SinkTarget, sinkOf } from '@millrace/connect'
import type { EventLog, Setting, SinkAsset, SinkDeclaration } from '@millrace/core'
import { kafkaConnection } from '../project/kafka-connection.ts'
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

  private constructor(runners: readonly SinkRunner[], unset: readonly string[]) {
    this.#runners = runners
    this.unset = unset
  }

  /** The sinks with their settings read, not yet started. */
  static async open(options: SinkSetOptions): Promise<SinkSet> {
    const { sinks, log, environment = process.env } = options
    const unset = new Set<string>()
    const runners: SinkRunner[] = []
    for (const asset of sinks) {
      const target = sinkTarget(asset, { ...options, environment, unset })
      if (target === undefined) continue
      const { name, input } = asset
      const fields = options.fieldsOf(asset)
      const sink = await sinkOf(target, { name, fields, parquet: options.parquet })
      const [partitions, columns] = [options.partitionsOf(asset), fields.map((field) => field.name)]
      runners.push(new SinkRunner({ log, name, sink, topic: input.name, partitions, columns }))
    }
    return new SinkSet(runners, [...unset])
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
  let isComplete = true
  const read = (setting: Setting): string => {
    const value = settingValue(setting, environment)
    if (value === undefined) {
      unset.add(typeof setting === 'string' ? 'an empty text' : setting.env)
      isComplete = false
    }
    return value ?? ''
  }
  const target = targetOf(to, read)
  return isComplete ? target : undefined
}

/** The target with what `read` gives for its settings. */
function targetOf(to: Exclude<SinkDeclaration, { kind: 'json-lines' | 'parquet-files' }>, read: (setting: Setting) => string): SinkTarget {
  switch (to.kind) {
    case 'kafka-topic': {
      const { cluster, ...rest } = to
      return { ...rest, connection: kafkaConnection(cluster, read) }
    }
    case 'http':
      return { kind: 'http', url: read(to.url), ...(to.secret === undefined ? {} : { secret: read(to.secret) }) }
    default:
      return { ...to, url: read(to.url) }
  }
}

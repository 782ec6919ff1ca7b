import { colour } from '../output/colour.ts'
import { textTable } from '../output/table.ts'
import type { DoctorDocument, ScopeReport } from './doctor-document.ts'
import type { EnvironmentReport } from './environment-report.ts'
import type { FolderReport } from './folder-report.ts'
import type { ShareReport } from './share-report.ts'

const MIB = 1024 ** 2

/** What `doctor` prints for people. */
export function doctorText(document: DoctorDocument): string {
  const { versions, state, services, writers } = document
  const { postgres } = services
  return [
    ...(state === null ? ['state     none yet'] : folderLines(state)),
    `postgres  ${postgres.running ? `process ${postgres.pid}, port ${postgres.port}, used by ${postgres.users.join(', ') || 'nobody'}${postgres.kept ? ', kept running' : ''}` : 'not running'}`,
    ...Object.entries(writers).map(
      ([env, writer]) =>
        `writer    ${env}: ${writer === null ? 'none' : `process ${writer.pid} (${writer.command ?? 'unknown'}) since ${writer.since ?? 'now'}`}`,
    ),
    `versions  node ${versions.node}, duckdb ${versions.duckdb ?? 'unknown'}, lmdb ${versions.lmdb ?? 'unknown'}, postgres ${versions.postgres ?? 'not asked'}`,
    ...(document.environment === null ? [] : environmentLines(document.environment)),
    ...document.scopes.flatMap(scopeLines),
    '',
    ...findingLines(document),
  ].join('\n')
}

function folderLines({ path, writable, free_bytes, bytes }: FolderReport): readonly string[] {
  const parts = Object.entries(bytes).map(([part, size]) => `${part} ${mib(size)}`)
  return [`state     ${path}${writable ? '' : ' (not writable)'}, ${mib(free_bytes)} free`, `          ${parts.join(', ') || 'empty'}`]
}

function environmentLines({ env, kafka, flink }: EnvironmentReport): readonly string[] {
  return [...(kafka === null ? [] : kafkaLines(env, kafka)), ...(flink === null ? [] : flinkLines(env, flink))]
}

function flinkLines(env: string, flink: NonNullable<EnvironmentReport['flink']>): readonly string[] {
  const { gateway, reachable, version, task_managers, slots, free_slots, catalog, jobs } = flink
  const cluster = reachable ? `Flink ${version}, ${task_managers} TaskManagers, ${free_slots} of ${slots} slots free` : 'not reached'
  return [
    `flink     ${env}: ${gateway}: ${cluster}`,
    ...(catalog === null ? [] : [`          catalog at ${catalog.database} ${catalog.reachable ? 'reached' : 'not reached'}`]),
    ...jobs.map(({ id, state, checkpoints, restarts }) => `          job ${id} ${state}, ${checkpoints} checkpoints, ${restarts} restarts`),
  ]
}

function kafkaLines(env: string, kafka: NonNullable<EnvironmentReport['kafka']>): readonly string[] {
  const { brokers, reachable, topics } = kafka
  const rows = topics.map(({ topic, partitions, records }) => [topic, partitions ?? 'not there yet', records ?? '–'])
  return [
    `kafka     ${env}: ${brokers.join(', ')}${reachable ? '' : ' (not reached)'}`,
    ...(rows.length === 0 ? [] : [textTable(['topic', 'partitions', 'records'], rows)]),
  ]
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toLocaleString('en-US', { maximumFractionDigits: 1 })} MiB`
}

function scopeLines({ scope, env, log, tables }: ScopeReport): readonly string[] {
  const lines = ['', colour.bold(`${env}/${scope}`)]
  if (log !== null) {
    lines.push(`log ${mib(log.file_bytes)}: ${mib(log.live_bytes)} live, ${mib(log.free_bytes)} free`)
    const rows = log.topics.map(({ topic, bytes, ranges, lag }) => [
      topic,
      ranges.map(([first, next]) => `${first}–${next}`).join(' '),
      mib(bytes),
      Object.entries(lag)
        .map(([consumer, behind]) => `${consumer} ${behind}`)
        .join(', ') || '–',
    ])
    if (log.shares !== undefined) lines.push(...shareLines(log.shares))
    if (rows.length > 0) lines.push(textTable(['topic', 'kept', 'size', 'consumers behind by'], rows))
    for (const [view, partitions] of Object.entries(log.state ?? {})) {
      lines.push(
        `state of ${view}`,
        textTable(
          ['partition', 'tiles', 'groups', 'keys', 'tiles per key', 'groups per tile', 'distinct values', 'bytes'],
          partitions.map((one) => [
            one.partition,
            one.tiles,
            one.groups,
            one.keys,
            one.tilesPerKeyMax,
            one.groupsPerTileMax,
            one.distinctEntries,
            one.bytes,
          ]),
        ),
      )
    }
  }
  if (tables.length > 0) {
    lines.push(
      textTable(
        ['table', 'rows', 'files', 'size', 'snapshots', 'committed'],
        tables.map((one) => [one.table, one.rows, one.files, mib(one.bytes), one.snapshots, one.committed_at]),
      ),
    )
  }
  return lines
}

function shareLines({ control, owners }: ShareReport): readonly string[] {
  const inControl = control === null ? 'nobody takes records in' : `process ${control.pid} takes records in since ${control.since}`
  const ofStreams = Object.entries(owners).map(([stream, partitions]) => {
    const told = partitions.map((owner, partition) => {
      if (owner === null) return `${partition} nobody`
      return `${partition} process ${owner.pid} worker ${owner.worker}${owner.alive ? '' : ' (ended)'}`
    })
    return `partitions of ${stream}: ${told.join(', ')}`
  })
  return [inControl, ...ofStreams]
}

function findingLines({ findings }: DoctorDocument): readonly string[] {
  if (findings.length === 0) return [colour.green('Everything is in order.')]
  return findings.flatMap(({ level, message, code, do: todo }) => [
    `${level === 'warning' ? colour.yellow('warning') : colour.red('✗')} ${message} ${colour.dim(`[${code}]`)}`,
    `  → ${todo}`,
  ])
}

import { colour } from '../output/colour.ts'
import { textTable } from '../output/table.ts'
import type { DoctorDocument, ScopeReport } from './doctor-document.ts'

const MIB = 1024 ** 2

/** What `doctor` prints for people. */
export function doctorText(document: DoctorDocument): string {
  const { versions, state, services, writers } = document
  const { postgres } = services
  return [
    `state     ${state.path}${state.writable ? '' : ' (not writable)'}, ${mib(state.free_bytes)} free`,
    `          ${
      Object.entries(state.bytes)
        .map(([part, bytes]) => `${part} ${mib(bytes)}`)
        .join(', ') || 'empty'
    }`,
    `postgres  ${postgres.running ? `process ${postgres.pid}, port ${postgres.port}, used by ${postgres.users.join(', ') || 'nobody'}${postgres.kept ? ', kept running' : ''}` : 'not running'}`,
    ...Object.entries(writers).map(
      ([env, writer]) =>
        `writer    ${env}: ${writer === null ? 'none' : `process ${writer.pid} (${writer.command ?? 'unknown'}) since ${writer.since ?? 'now'}`}`,
    ),
    `versions  node ${versions.node}, duckdb ${versions.duckdb ?? 'unknown'}, lmdb ${versions.lmdb ?? 'unknown'}, postgres ${versions.postgres ?? 'not asked'}`,
    ...document.scopes.flatMap(scopeLines),
    '',
    ...findingLines(document),
  ].join('\n')
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

function findingLines({ findings }: DoctorDocument): readonly string[] {
  if (findings.length === 0) return [colour.green('Everything is in order.')]
  return findings.flatMap(({ level, message, code, do: todo }) => [
    `${level === 'warning' ? colour.yellow('warning') : colour.red('✗')} ${message} ${colour.dim(`[${code}]`)}`,
    `  → ${todo}`,
  ])
}

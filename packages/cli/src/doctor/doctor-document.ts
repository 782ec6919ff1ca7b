import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MillraceError } from '@millrace/core'
import { openLake } from '@millrace/lake'
import { openStore, type Store, servicesStatus } from '@millrace/store'
import type { Environment } from '../project/environment-rules.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { CATALOG_NAME, inputScope, liveScope, type Scope, warehouseDir } from '../scope/scope.ts'
import { type EnvironmentReport, environmentReport } from './environment-report.ts'
import { type DoctorFinding, findingsStatus } from './finding.ts'
import { type FolderReport, folderReport, foldersIn } from './folder-report.ts'
import { lakeReport, type TableReport } from './lake-report.ts'
import { type LogReport, logReport } from './log-report.ts'
import { type Versions, versions } from './versions.ts'
import { type WriterReport, writerOf } from './writer-report.ts'

const INPUT_PREFIX = 'input-'

export interface ScopeReport {
  readonly scope: string
  readonly env: string
  readonly log: LogReport | null
  readonly tables: readonly TableReport[]
}

/** What `millrace doctor --json` prints. */
export interface DoctorDocument {
  readonly healthy: boolean
  readonly findings: readonly DoctorFinding[]
  readonly versions: Versions
  /** Null where there is no state folder yet. */
  readonly state: FolderReport | null
  readonly services: {
    readonly postgres: {
      readonly running: boolean
      readonly pid: number | null
      readonly port: number | null
      readonly users: readonly number[]
      readonly kept: boolean
    }
  }
  /** By environment; null where nobody writes. */
  readonly writers: Readonly<Record<string, WriterReport | null>>
  readonly scopes: readonly ScopeReport[]
  /** Servers of the environment that was asked for; null where it has none beyond this machine. */
  readonly environment: EnvironmentReport | null
}

export interface DoctorRequest {
  readonly stateDir: string
  readonly databaseUrl: string | undefined
  /** Whether to look into the operators' state. */
  readonly state: boolean
  /** Whether `dev` and `up` put the small files of a table together. */
  readonly compacts: (table: string) => boolean
  /** The project and the environment whose servers are looked at; absent where the project cannot be loaded. */
  readonly servers?: { readonly loaded: LoadedProject; readonly env: string; readonly environment: Environment }
}

/** Examines a state folder, where it exists, and the servers of an environment. Looks only; PostgreSQL is started for the while where it does not run. */
export async function examine(request: DoctorRequest): Promise<DoctorDocument> {
  const { stateDir } = request
  const findings: DoctorFinding[] = []
  if (!existsSync(stateDir)) {
    const environment = await serversOf(request, findings, undefined)
    return { ...(await bare()), healthy: findingsStatus(findings) === 0, findings, environment }
  }
  const state = await folderReport(stateDir, findings)
  const { running, pid = null, port = null, users, kept } = await servicesStatus({ stateDir })
  const envs = [...new Set([...foldersIn(join(stateDir, 'lease')).map(decodeURIComponent), ...foldersIn(join(stateDir, 'log'))])].sort()
  const writers = Object.fromEntries(envs.map((env) => [env, writerOf(stateDir, env) ?? null]))
  const store = await storeOf(request, findings)
  try {
    const environment = await serversOf(request, findings, store)
    const scopes = await scopeReports(request, { store, findings })
    return {
      healthy: findingsStatus(findings) === 0,
      findings,
      versions: await versions(store),
      state,
      services: { postgres: { running, pid, port, users, kept } },
      writers,
      scopes,
      environment,
    }
  } finally {
    await store?.close()
  }
}

/** What there is to say without a state folder. */
async function bare(): Promise<Pick<DoctorDocument, 'versions' | 'state' | 'services' | 'writers' | 'scopes'>> {
  const postgres = { running: false, pid: null, port: null, users: [], kept: false }
  return { versions: await versions(undefined), state: null, services: { postgres }, writers: {}, scopes: [] }
}

async function serversOf(
  { servers, stateDir }: DoctorRequest,
  findings: DoctorFinding[],
  store: Store | undefined,
): Promise<EnvironmentReport | null> {
  if (servers === undefined) return null
  const lake = store === undefined ? undefined : { store, stateDir }
  return (await environmentReport(servers.loaded, { ...servers, findings, lake })) ?? null
}

/** A state folder in which nothing ever ran has no database, and gets none here. */
async function storeOf({ stateDir, databaseUrl }: DoctorRequest, findings: DoctorFinding[]): Promise<Store | undefined> {
  if (databaseUrl === undefined && !existsSync(warehouseDir(stateDir)) && !existsSync(join(stateDir, 'postgres'))) return undefined
  try {
    return await openStore({ stateDir, databaseUrl })
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    findings.push({
      level: 'operating',
      code: error.code,
      message: error.message,
      do: error.facts.do ?? 'See the server’s log in the state folder.',
    })
    return undefined
  }
}

async function scopeReports(
  request: DoctorRequest,
  parts: { readonly store: Store | undefined; readonly findings: DoctorFinding[] },
): Promise<readonly ScopeReport[]> {
  const { store, findings } = parts
  const lake =
    store === undefined ? undefined : await openLake({ pool: store.pool, catalog: CATALOG_NAME, warehouse: warehouseDir(request.stateDir) })
  try {
    const reports: ScopeReport[] = []
    for (const scope of scopesIn(request.stateDir)) {
      const log = await logReport(scope.logDir, { state: request.state, findings })
      const tables =
        lake === undefined
          ? []
          : await lakeReport(lake, scope.namespace, { log, findings, compacts: scope.id === 'live' ? request.compacts : () => false })
      reports.push({ scope: scope.id, env: scope.env, log: log ?? null, tables })
    }
    return reports
  } finally {
    await lake?.close()
  }
}

function scopesIn(stateDir: string): readonly Scope[] {
  return foldersIn(join(stateDir, 'log')).flatMap((env) =>
    foldersIn(join(stateDir, 'log', env)).flatMap((name) => {
      if (name === 'live') return [liveScope(stateDir, env)]
      return name.startsWith(INPUT_PREFIX) ? [inputScope(stateDir, env, name.slice(INPUT_PREFIX.length))] : []
    }),
  )
}

import { MillraceError, operatingError } from '@millrace/core'
import { fileExchange, type SharedFolder } from './file-exchange.ts'
import { FlinkJobs } from './flink-jobs.ts'
import type { Cluster } from './run-cases.ts'
import { GatewaySession } from './sql-gateway.ts'
import { printTable } from './table-ddl.ts'

const JOB_MS_MAX = 120_000
const COLUMNS = [['text', 'STRING']] as const
const PROBE = 'seen'
/** What Flink says where it finds nothing under a path. */
const NOT_FOUND = /FileNotFoundException|NoSuchFileException|does not exist/
/** What it says where it may not write. */
const NOT_ALLOWED = /AccessDenied|Permission denied|Mkdirs failed|Failed to create/

/**
 * Has a cluster read a line of a folder and write it back: without both, a run would have no rows, and nothing would say why.
 *
 * @throws user `engine/no-shared-folder` where the folder cannot be written here
 * @throws operating `engine/folder-not-shared` where the cluster has another folder under the path, or may not write there
 */
export async function checkSharedFolder({ gateway, rest }: Pick<Cluster, 'gateway' | 'rest'>, folder: SharedFolder): Promise<void> {
  const exchange = fileExchange(folder)(1)
  try {
    const input = await exchange.put([], JSON.stringify({ text: PROBE }))
    const { options, read } = await exchange.results()
    await copied({ gateway, rest }, input, options).catch((error) => {
      throw isOfFiles(error) ? notShared(folder, error) : error
    })
    const lines = await read()
    if (!lines.some((line) => line.includes(PROBE))) throw notShared(folder)
  } finally {
    await exchange.close()
  }
}

type Options = Readonly<Record<string, string>>

async function copied({ gateway, rest }: Pick<Cluster, 'gateway' | 'rest'>, input: Options, output: Options): Promise<void> {
  const session = await GatewaySession.open(gateway, { 'parallelism.default': '1', 'restart-strategy.type': 'none' })
  try {
    await session.run(printTable({ name: 'input', columns: COLUMNS, options: input }))
    await session.run(printTable({ name: 'output', columns: COLUMNS, options: output }))
    const { jobId = '' } = await session.run('INSERT INTO `output` SELECT `text` FROM `input`')
    await new FlinkJobs(rest).finished(jobId, { jobMsMax: JOB_MS_MAX, restartsMax: 0 })
  } finally {
    await session.close()
  }
}

function isOfFiles(error: unknown): error is MillraceError {
  if (!(error instanceof MillraceError)) return false
  const said = `${error.message} ${JSON.stringify(error.facts.found ?? '')}`
  return NOT_FOUND.test(said) || NOT_ALLOWED.test(said)
}

function notShared({ path, url = path }: SharedFolder, cause?: MillraceError): Error {
  const found = cause === undefined ? 'a job that wrote somewhere else' : cause.message
  return operatingError(
    'engine/folder-not-shared',
    `What this machine writes to ${path} Flink does not find, or may not answer, at ${url}.`,
    {
      asked: url,
      found,
      do: 'Share one folder among this machine and those of the JobManager and the TaskManagers, writable for all of them, and say how the cluster reaches it.',
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

import { existsSync, statSync } from 'node:fs'
import { userError } from '@millrace/core'
import { examine } from '../doctor/doctor-document.ts'
import { doctorText } from '../doctor/doctor-text.ts'
import { findingsStatus } from '../doctor/finding.ts'
import { printJson, printText } from '../output/print.ts'
import { environmentOf } from '../project/environment-rules.ts'
import { type LoadedProject, loadProject } from '../project/load-project.ts'
import { upkeepRules } from '../project/upkeep-rules.ts'
import { type CommonOptions, stateDir } from './common-options.ts'

interface DoctorOptions extends CommonOptions {
  readonly stateView?: boolean
}

/** The project; one that cannot be loaded is examined all the same, as one that says nothing. */
function projectIn(folder: string): Promise<LoadedProject | undefined> {
  return loadProject(folder).catch(() => undefined)
}

/** Examines the state folder and the environment's servers: exit status 0 when it is healthy, 1 or 2 when something has to be done. */
export async function doctorCommand(options: DoctorOptions): Promise<void> {
  const folder = stateDir(options)
  const loaded = await projectIn(options.project)
  const environment = loaded?.environments?.[options.env] === undefined ? undefined : environmentOf(loaded, options.env)
  if ((!existsSync(folder) && environment === undefined) || (existsSync(folder) && !statSync(folder).isDirectory())) {
    throw userError('state/not-found', `There is no state folder ${folder}.`, {
      asked: folder,
      found: 'nothing',
      do: 'Run the project first (`millrace run --input FILE` or `millrace dev`), or name its state folder with `--state`.',
    })
  }
  const document = await examine({
    stateDir: folder,
    databaseUrl: options.database,
    state: options.stateView === true,
    compacts: (table) => upkeepRules(loaded?.lake, table).compact !== undefined,
    ...(loaded === undefined || environment === undefined ? {} : { servers: { loaded, env: options.env, environment } }),
  })
  if (options.json === true) printJson(document)
  else printText(doctorText(document))
  process.exitCode = findingsStatus(document.findings)
}

import { existsSync, statSync } from 'node:fs'
import { userError } from '@millrace/core'
import { examine } from '../doctor/doctor-document.ts'
import { doctorText } from '../doctor/doctor-text.ts'
import { findingsStatus } from '../doctor/finding.ts'
import { printJson, printText } from '../output/print.ts'
import { type CommonOptions, stateDir } from './common-options.ts'

interface DoctorOptions extends CommonOptions {
  readonly stateView?: boolean
}

/** Examines the state folder: exit status 0 when it is healthy, 1 or 2 when something has to be done. */
export async function doctorCommand(options: DoctorOptions): Promise<void> {
  const folder = stateDir(options)
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw userError('state/not-found', `There is no state folder ${folder}.`, {
      asked: folder,
      found: 'nothing',
      do: 'Run the project first (`millrace run --input FILE` or `millrace dev`), or name its state folder with `--state`.',
    })
  }
  const document = await examine({ stateDir: folder, databaseUrl: options.database, state: options.stateView === true })
  if (options.json === true) printJson(document)
  else printText(doctorText(document))
  process.exitCode = findingsStatus(document.findings)
}

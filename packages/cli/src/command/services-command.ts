import { note, printJson, printText } from '../output/print.ts'
import { CATALOG_NAME, warehouseDir } from '../scope/scope.ts'
import { type CommonOptions, stateDir } from './common-options.ts'

/** Starts PostgreSQL for the state folder and leaves it running. */
export async function startCommand(options: CommonOptions): Promise<void> {
  const { startServices } = await import('@millrace/store')
  const { url } = await startServices({ stateDir: stateDir(options), databaseUrl: options.database })
  const document = { postgres: { url }, catalog: { name: CATALOG_NAME, url, warehouse: `file://${warehouseDir(stateDir(options))}` } }
  if (options.json === true) printJson(document)
  else
    printText(
      `PostgreSQL  ${url}\ncatalog     ${document.catalog.name}, warehouse ${document.catalog.warehouse}\nStop it with \`millrace stop\`.`,
    )
}

/** Stops what runs for the state folder. */
export async function stopCommand(options: CommonOptions): Promise<void> {
  const { stopServices } = await import('@millrace/store')
  const { stopped, users } = await stopServices({ stateDir: stateDir(options) })
  if (users.length > 0) note(`It was in use by process${users.length > 1 ? 'es' : ''} ${users.join(', ')}.`)
  if (options.json === true) printJson({ stopped, users })
  else printText(stopped ? 'Stopped.' : 'Nothing was running.')
}

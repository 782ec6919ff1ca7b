import { type Deployment, rollback } from '@millrace/store'
import { chooseModel } from '../model/choose-models.ts'
import { currentUser, deployModel } from '../model/deploy-model.ts'
import { deploymentDocument } from '../model/model-document.ts'
import { parseTarget } from '../model/model-target.ts'
import { withStore } from '../model/with-store.ts'
import { printJson, printText } from '../output/print.ts'
import type { CommonOptions } from './common-options.ts'

/** Makes a version of a model the one that scores: the newest, or that of `MODEL@VERSION`. */
export async function deployCommand(options: CommonOptions, target: string): Promise<void> {
  const { name, version } = parseTarget(target)
  const deployment = await withStore(options, (context) =>
    deployModel(context, chooseModel(context.loaded.project, name), { env: options.env, version }),
  )
  print(options, deployment)
}

/** Goes back to the version that was deployed before. */
export async function rollbackCommand(options: CommonOptions, name: string): Promise<void> {
  const deployment = await withStore(options, ({ store, loaded }) => {
    const model = chooseModel(loaded.project, name)
    return rollback(store.db, { env: options.env, project: loaded.project.name, model: model.name, by: currentUser() })
  })
  print(options, deployment)
}

function print(options: CommonOptions, deployment: Deployment): void {
  if (options.json === true) printJson(deploymentDocument(deployment))
  else printText(`${deployment.model} version ${deployment.version} is deployed in ${deployment.env}.`)
}

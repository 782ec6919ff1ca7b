import { type Asset, compileAsset } from '@millrace/core'
import { note, printJson, printText } from '../output/print.ts'
import { loadProject } from '../project/load-project.ts'
import { reservedNameWarnings } from '../project/reserved-names.ts'
import type { CommonOptions } from './common-options.ts'

interface CompileOptions extends CommonOptions {
  readonly asset?: string
}

/** Prints one asset's plan, or checks all of them. */
export async function compileCommand(options: CompileOptions): Promise<void> {
  const { project } = await loadProject(options.project)
  if (options.asset !== undefined) {
    const { plan } = compile(project.asset(options.asset))
    if (options.json === true) printJson(plan)
    else printText(JSON.stringify(plan, undefined, 2))
    return
  }
  const assets = [...project.assets.values()].map((asset) => ({ name: asset.name, kind: asset.kind, hash: compile(asset).plan.hash }))
  if (options.json === true) printJson({ project: project.name, assets })
  else for (const asset of assets) printText(`${asset.kind.padEnd(9)} ${asset.name.padEnd(24)} ${asset.hash}`)
}

function compile(asset: Asset): ReturnType<typeof compileAsset> {
  const checked = compileAsset(asset)
  for (const warning of reservedNameWarnings(asset.name, checked)) note(`warning: ${warning}`)
  return checked
}

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type CheckedPlan, type MapFunction, type MapFunctions, mapFunction, type NamedFunction, userError } from '@millrace/core'
import { loadProject } from '../project/load-project.ts'
import { projectFunctions } from '../project/project-functions.ts'

/** Where functions that plans name are looked for. */
export interface FunctionPlaces {
  /** The folder of a project; one without a project has no functions. */
  readonly project: string
  /** The folder from which the files lie that plans name. */
  readonly from: string
}

/**
 * The functions that a plan's maps name: exports of the files that it names, and those of the project's maps. Without a map nothing is
 * looked for.
 */
export async function planFunctions(plan: CheckedPlan, places: FunctionPlaces): Promise<MapFunctions> {
  const named = plan.nodes.flatMap(({ node }) => (node.kind === 'map' ? [node.function] : []))
  const functions = new Map<string, MapFunction>()
  if (named.some(({ module }) => module === undefined) && existsSync(join(places.project, 'millrace.config.ts')))
    for (const [name, fn] of projectFunctions((await loadProject(places.project)).project)) functions.set(name, fn)
  const known = new Map<string, MapFunction>()
  for (const one of named) {
    if (one.module === undefined) continue
    const fn = await exported(one, resolve(places.from, one.module))
    if ((known.get(one.name) ?? fn).call !== fn.call) throw twoFunctions(one)
    known.set(one.name, fn)
    functions.set(one.name, fn)
  }
  return functions
}

async function exported({ name, export: exportName = 'default' }: NamedFunction, file: string): Promise<MapFunction> {
  if (!existsSync(file)) {
    throw userError('map/no-module', `The function \`${name}\` is to come from ${file}, which does not exist.`, {
      asked: file,
      found: 'no such file',
      do: 'Give the path of the file from where the plan lies.',
    })
  }
  const names = await importNames(file, name)
  const call = names[exportName]
  if (typeof call === 'function') return mapFunction(call as (row: never) => unknown)
  throw userError('map/no-export', `${file} exports no function \`${exportName}\`.`, {
    asked: exportName,
    found: Object.keys(names).filter((one) => typeof names[one] === 'function'),
    do: 'Name one of the exported functions in `export`.',
  })
}

async function importNames(file: string, name: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw userError('map/module-fails', `The file of the function \`${name}\` cannot be loaded: ${String(cause)}`, {
      asked: file,
      found: String(cause),
      do: 'Correct the file.',
      at: { file },
      cause,
    })
  }
}

function twoFunctions({ name }: NamedFunction): Error {
  return userError('map/two-functions', `Two maps of the plan name different functions \`${name}\`.`, {
    asked: name,
    do: 'Give each function its own name.',
  })
}

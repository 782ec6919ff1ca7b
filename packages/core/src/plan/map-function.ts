import { createHash } from 'node:crypto'
import { userError } from '../error/index.ts'
import { closest } from '../expr/closest.ts'
import type { NamedFunction } from './node/map-node.ts'

/** A function that maps name: what it is called with are values by column, what it gives too. */
export interface MapFunction {
  readonly call: (row: never) => unknown
  /** `sha256:…` of its source text. */
  readonly hash: string
}

/** Functions by the name under which plans name them. */
export type MapFunctions = ReadonlyMap<string, MapFunction>

/** A function with the hash of its source text, which is what a change of it is known by. Values that it closes over are not part of it. */
export function mapFunction(call: (row: never) => unknown): MapFunction {
  return { call, hash: `sha256:${createHash('sha256').update(String(call)).digest('hex')}` }
}

/**
 * The function that a plan names.
 *
 * @throws `map/unknown-function`, and `map/other-function` where its source text is another than the plan was made from
 */
export function functionOf(named: NamedFunction, functions: MapFunctions | undefined): MapFunction {
  const found = functions?.get(named.name)
  if (found === undefined) throw unknownFunction(named, [...(functions?.keys() ?? [])])
  if (named.hash === undefined || named.hash === found.hash) return found
  throw userError(
    'map/other-function',
    `The plan was made from another text of the function \`${named.name}\` than the one that is here: its hash is ${found.hash}.`,
    { asked: named.hash, found: found.hash, do: 'Compile the plan again, or run it with the project it was compiled from.' },
  )
}

function unknownFunction({ name }: NamedFunction, found: readonly string[]): Error {
  const near = closest(name, found)
  return userError(
    'map/unknown-function',
    `The plan's map calls the function \`${name}\`, which is not here${near === undefined ? '' : `; did you mean \`${near}\`?`}.`,
    {
      asked: name,
      found,
      do: 'Name the project that declares it with `--project DIR`, or give the plan the `module` that exports it.',
    },
  )
}

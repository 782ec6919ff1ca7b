import {
  BOOLEAN,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBValue,
  type DuckDBVector,
  STRUCT,
  structValue,
  VARCHAR,
} from '@duckdb/node-api'
import {
  type CheckedNode,
  type CheckedPlan,
  functionOf,
  type MapFunction,
  type MapFunctions,
  type MapNode,
  type MapShape,
  type RowFunction,
  rowFunction,
} from '@millrace/core'
import { givenName } from '../print/map-printer.ts'
import { loadedColumn } from './load-rows.ts'
import { chunkRows } from './read-vector.ts'

/** Names by function and shape, so that a database knows each once, however many statements call it. */
const names = new WeakMap<MapFunction['call'], Map<string, string>>()
let taken = 0

/**
 * Makes the functions of a plan's maps known to the connection's database, as functions of one row. Gives the name under which a statement
 * calls each.
 *
 * @throws `map/unknown-function`, `map/other-function`
 */
export function registerMaps(
  connection: DuckDBConnection,
  plan: CheckedPlan,
  functions: MapFunctions | undefined,
): (node: MapNode) => string {
  const registered = new Map<string, string>()
  for (const { node, inputs } of plan.nodes) {
    if (node.kind !== 'map') continue
    const { fields } = plan.byId.get(inputs[0]) as CheckedNode
    const shape: MapShape = {
      reads: node.reads.map((name) => fields.find((field) => field.name === name) as MapShape['reads'][number]),
      columns: node.columns.map(({ name, type, nullable }) => ({ name, type, nullable: nullable === true })),
    }
    const found = functionOf(node.function, functions)
    const name = nameOf(found, shape)
    registered.set(node.id, name)
    connection.registerScalarFunction(scalarFunction(name, shape, rowFunction(found, shape)))
  }
  return ({ id }) => registered.get(id) as string
}

function nameOf({ call }: MapFunction, shape: MapShape): string {
  const ofFunction = names.get(call) ?? new Map<string, string>()
  names.set(call, ofFunction)
  const text = JSON.stringify(shape)
  const name = ofFunction.get(text) ?? `map_${taken++}`
  ofFunction.set(text, name)
  return name
}

/** A function that never gives null: `reason` says why it has no columns for a row. */
function scalarFunction(name: string, { reads, columns }: MapShape, call: RowFunction): DuckDBScalarFunction {
  const given = reads.map(({ type }) => loadedColumn(type).type)
  const loaded = columns.map(({ type }) => loadedColumn(type))
  const entries = Object.fromEntries(loaded.map(({ type }, place) => [givenName(place), type]))
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: given.length === 0 ? [BOOLEAN] : given,
    returnType: STRUCT({ reason: VARCHAR, message: VARCHAR, record: VARCHAR, ...entries }),
    specialHandling: true,
    mainFunction: (info, chunk, output) => {
      try {
        fill(output, chunk, (values) => {
          const outcome = call(values)
          const ofColumns: Record<string, DuckDBValue> = {}
          for (let place = 0; place < loaded.length; place++) {
            const value = 'values' in outcome ? outcome.values[place] : null
            ofColumns[givenName(place)] = value === null ? null : loaded[place].convert(value)
          }
          if ('values' in outcome) return { reason: null, message: null, record: null, ...ofColumns }
          return { reason: outcome.reason, message: outcome.message, record: outcome.record, ...ofColumns }
        })
      } catch (error) {
        info.setError(String(error))
      }
    },
  })
}

function fill(
  output: DuckDBVector,
  chunk: DuckDBDataChunk,
  entriesOf: (values: ReturnType<typeof chunkRows>[number]) => Readonly<Record<string, DuckDBValue>>,
): void {
  for (const [row, values] of chunkRows(chunk).entries()) output.setItem(row, structValue(entriesOf(values)))
  output.flush()
}

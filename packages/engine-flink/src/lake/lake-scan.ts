import type { PlanSource } from '@millrace/core'
import { identifier, textConstant } from '../print/identifier.ts'
import { nested, selectText, whereText } from '../print/select-text.ts'
import { printType } from '../print/type-printer.ts'
import { type LakeCatalog, type LakeTable, lakeTableName } from './lake-catalog.ts'

/** Which records of a source count: all, where nothing is said. */
export interface LakeRecords extends LakeTable {
  /** The snapshot that is read; the current one when undefined. */
  readonly snapshotId: number | undefined
  /** Event time from here on, and before; epoch ms. */
  readonly from?: number
  readonly to?: number
  /** Greatest `_arrival`. */
  readonly arrivalMax?: number
}

/** The records of a source in the lake as a table expression with the columns of a stamped topic that plans read. */
export function lakeScan(catalog: Pick<LakeCatalog, 'name'>, source: PlanSource, records: LakeRecords): string {
  const columns = [
    "'row' AS `_kind`",
    identifier('_arrival'),
    ...[{ name: '_watermark', type: 'timestamp' }, ...source.fields].map(({ name, type }) => column(name, type)),
  ]
  const { snapshotId, from, to, arrivalMax } = records
  const hint = snapshotId === undefined ? '' : ` /*+ OPTIONS('snapshot-id' = ${textConstant(String(snapshotId))}) */`
  const time = identifier(source.event_time)
  return nested(
    selectText(columns, [
      `FROM ${lakeTableName(catalog, records)}${hint}`,
      ...whereText([
        ...(from === undefined ? [] : [`${time} >= ${micros(from)}`]),
        ...(to === undefined ? [] : [`${time} < ${micros(to)}`]),
        ...(arrivalMax === undefined ? [] : [`\`_arrival\` <= ${arrivalMax}`]),
      ]),
    ]),
  )
}

/** Iceberg keeps microseconds, plans count milliseconds; a time of a table is compared as it is, so that files are left out by it. */
function column(name: string, type: string): string {
  const sql = identifier(name)
  return type === 'timestamp' ? `CAST(${sql} AS ${printType(type)}) AS ${sql}` : sql
}

function micros(ms: number): string {
  return `CAST(TO_TIMESTAMP_LTZ(${ms}, 3) AS TIMESTAMP_LTZ(6))`
}

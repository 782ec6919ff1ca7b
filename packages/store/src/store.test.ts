import { afterAll, beforeAll, expect, it } from 'vitest'
import { cleanUp, freshFolder } from '../test/harness.ts'
import { deleteAlerts, deleteInput, listAlerts, listInputs, openStore, recordAlerts, type Store, saveInput } from './index.ts'

let stateDir: string
let store: Store

beforeAll(async () => {
  stateDir = freshFolder()
  store = await openStore({ stateDir })
})

afterAll(async () => {
  await store.close()
  await cleanUp()
})

async function freshDatabase(name: string): Promise<string> {
  await store.pool.query(`create database ${name}`)
  return store.url.replace(/\/postgres$/, `/${name}`)
}

it("makes the tables of Iceberg's JDBC catalog, V1", async () => {
  const { rows } = await store.pool.query<{ column: string }>(`
    select table_name || '.' || column_name || ' ' || data_type || '(' || character_maximum_length || ')'
      || case is_nullable when 'NO' then ' not null' else '' end as column
    from information_schema.columns where table_schema = 'public' and table_name like 'iceberg%' order by table_name, ordinal_position`)
  expect(rows.map((row) => row.column)).toEqual([
    'iceberg_namespace_properties.catalog_name character varying(255) not null',
    'iceberg_namespace_properties.namespace character varying(255) not null',
    'iceberg_namespace_properties.property_key character varying(255) not null',
    'iceberg_namespace_properties.property_value character varying(1000)',
    'iceberg_tables.catalog_name character varying(255) not null',
    'iceberg_tables.table_namespace character varying(255) not null',
    'iceberg_tables.table_name character varying(255) not null',
    'iceberg_tables.metadata_location character varying(1000)',
    'iceberg_tables.previous_metadata_location character varying(1000)',
    'iceberg_tables.iceberg_type character varying(5)',
  ])
})

it('keeps Iceberg tables that another client made before', async () => {
  const databaseUrl = await freshDatabase('made_before')
  const before = await openStore({ stateDir, databaseUrl })
  await before.db
    .insertInto('iceberg_tables')
    .values({
      catalog_name: 'c',
      table_namespace: 'n',
      table_name: 't',
      metadata_location: 'file:/m',
      previous_metadata_location: null,
      iceberg_type: 'TABLE',
    })
    .execute()
  await before.pool.query('drop schema millrace cascade')
  await before.close()
  const after = await openStore({ stateDir, databaseUrl })
  expect(await after.db.selectFrom('iceberg_tables').select('table_name').execute()).toEqual([{ table_name: 't' }])
  await after.close()
})

it('migrates a new database once when five open it at the same moment', async () => {
  const databaseUrl = await freshDatabase('at_once')
  const stores = await Promise.all(Array.from({ length: 5 }, () => openStore({ stateDir, databaseUrl })))
  const { rows } = await stores[0].pool.query('select name from millrace.migrations order by name')
  expect(rows.map((row) => row.name)).toEqual([
    '001-iceberg-catalog',
    '002-inputs',
    '003-alerts',
    '004-models',
    '005-outbox',
    '006-alert-order',
    '007-backfills',
  ])
  await Promise.all(stores.map((each) => each.close()))
})

it('refuses a database that a newer version changed', async () => {
  const databaseUrl = await freshDatabase('newer')
  const first = await openStore({ stateDir, databaseUrl })
  await first.pool.query(`insert into millrace.migrations (name, timestamp) values ('999-from-the-future', '2999')`)
  await first.close()
  await expect(openStore({ stateDir, databaseUrl })).rejects.toMatchObject({ code: 'store/newer-database', exitStatus: 2 })
})

it.each([
  ['a closed port', (url: string) => url.replace(/:\d+\//, ':1/'), 'store/cannot-connect'],
  ['a wrong password', (url: string) => url.replace(/:[0-9a-f]+@/, ':secret-word@'), 'store/cannot-connect'],
  ['an unknown database', (url: string) => url.replace(/\/postgres$/, '/nowhere'), 'store/cannot-connect'],
  ['another protocol', () => 'mysql://u:secret-word@h/d', 'store/bad-url'],
  ['no URL at all', () => 'secret-word at host', 'store/bad-url'],
])('refuses --database with %s without telling the password', async (_name, change, code) => {
  const databaseUrl = change(store.url)
  const error = await openStore({ stateDir, databaseUrl }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ family: 'operating', code })
  const told = JSON.stringify((error as { toDocument(): object }).toDocument())
  expect(told).not.toContain('secret-word')
  expect(told).not.toContain(new URL(store.url).password)
})

it('remembers inputs per environment and project, replaces and forgets them', async () => {
  const input = {
    id: 'in-1',
    env: 'dev',
    project: 'weblogs',
    names: ['/a/access.log'],
    consumedBytes: 2 ** 40,
    prefixSha256: 'ab',
    totalBytes: null,
    totalSha256: null,
  }
  await saveInput(store.db, input)
  await saveInput(store.db, { ...input, id: 'in-2', env: 'prod' })
  await saveInput(store.db, { ...input, names: ['/a/access.log', '/b/copy.log'], totalBytes: 2 ** 41, totalSha256: 'cd' })
  const listed = await listInputs(store.db, { env: 'dev', project: 'weblogs' })
  expect(listed).toHaveLength(1)
  expect(listed[0]).toMatchObject({ id: 'in-1', names: ['/a/access.log', '/b/copy.log'], consumedBytes: 2 ** 40, totalBytes: 2 ** 41 })
  expect(listed[0].updatedAt.getTime()).toBeGreaterThanOrEqual(listed[0].createdAt.getTime())
  expect(await deleteInput(store.db, 'in-1')).toBe(true)
  expect(await deleteInput(store.db, 'in-1')).toBe(false)
  expect(await listInputs(store.db, { env: 'dev', project: 'weblogs' })).toEqual([])
})

const withoutModel = {
  score: null,
  model: null,
  modelVersion: null,
  threshold: null,
  usual: null,
  contributions: null,
  runbook: null,
}

it('records an alert once, with every digit of its integers', async () => {
  const alert = {
    id: 'al-1',
    env: 'dev',
    scope: 's',
    asset: 'attacks',
    key: { ip: '::1' },
    windowStart: -62_135_596_800_000,
    windowEnd: 1_700_000_300_000,
    evidence: { hits: 900, bytes: 9_223_372_036_854_775_807n, share: 0.25, none: null },
    raisedAt: 1_700_000_301_234,
    sampleOffsets: [0, 17],
  }
  expect(await recordAlerts(store.db, [alert])).toEqual(['al-1'])
  expect(
    await recordAlerts(store.db, [
      { ...alert, asset: 'changed' },
      { ...alert, id: 'al-2', windowStart: null, windowEnd: null },
    ]),
  ).toEqual(['al-2'])
  const listed = await listAlerts(store.db, { env: 'dev', scope: 's' })
  expect(listed[0]).toEqual({ ...alert, ...withoutModel })
  expect(listed[1]).toMatchObject({ id: 'al-2', windowStart: null })
  await deleteAlerts(store.db, { env: 'dev', scope: 's' })
  expect(await listAlerts(store.db, { env: 'dev', scope: 's' })).toEqual([])
})

it('records more alerts than one statement takes', async () => {
  const alerts = Array.from({ length: 2_500 }, (_, n) => ({
    id: `many-${n}`,
    env: 'dev',
    scope: 'many',
    asset: 'a',
    key: n,
    windowStart: n,
    windowEnd: n + 1,
    evidence: {},
    raisedAt: n,
    sampleOffsets: [],
  }))
  expect(await recordAlerts(store.db, alerts)).toHaveLength(2_500)
  expect(await listAlerts(store.db, { env: 'dev', scope: 'many' })).toEqual(alerts.map((alert) => ({ ...alert, ...withoutModel })))
})

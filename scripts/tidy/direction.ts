// Which room may import which. A package that is not in the table has no place yet: give it one here.

const KERNEL = ['columnar', 'core']
const WITH_TABLES = [...KERNEL, 'store']

/** Package → packages of the workspace it may import. `*` is every package. Tests may import every package below the composition roots. */
export const PACKAGE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  columnar: [],
  core: ['columnar'],
  reference: KERNEL,
  testkit: [...KERNEL, 'reference'],
  'engine-duckdb': KERNEL,
  'engine-stream': KERNEL,
  'engine-flink': KERNEL,
  'log-lmdb': KERNEL,
  'log-kafka': KERNEL,
  connect: [...KERNEL, 'log-kafka'],
  store: KERNEL,
  lake: WITH_TABLES,
  registry: WITH_TABLES,
  orchestration: WITH_TABLES,
  observability: WITH_TABLES,
  governance: WITH_TABLES,
  ml: WITH_TABLES,
  llm: WITH_TABLES,
  server: ['*'],
  cli: ['*'],
  console: [],
  millrace: ['core', 'connect', 'cli'],
}

/** Packages that only other roots may import, tests included. */
export const COMPOSITION_ROOTS: readonly string[] = ['cli', 'server', 'millrace']

/** Packages that only tests and benchmarks may import: their code never reaches a user's machine. */
export const TEST_ONLY_PACKAGES: readonly string[] = ['testkit']

/** Rooms of core → rooms of core they may import. */
export const CORE_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  error: [],
  port: [],
  type: ['error', 'port'],
  expr: ['error', 'port', 'type'],
  contract: ['error', 'port', 'type', 'expr'],
  plan: ['error', 'port', 'type', 'expr'],
  graph: ['error', 'port', 'type', 'expr', 'contract', 'plan'],
  sql: ['error', 'port', 'type', 'expr', 'contract', 'plan', 'graph'],
  compile: ['error', 'port', 'type', 'expr', 'contract', 'plan', 'graph', 'sql'],
}

/** The room of core whose imports are all `import type`: a port says what is exchanged and runs nothing. */
export const TYPE_ONLY_ROOM = 'port'

/** Folders whose files import nothing of the named packages, not even types. */
export const SEALED_FOLDERS: readonly { readonly folder: string; readonly packages: readonly string[] }[] = [
  { folder: 'packages/engine-stream/src/run/', packages: ['core'] },
]

/** Workspace packages that the projects in `examples/` may import: what a user sees. */
export const EXAMPLE_IMPORTS: readonly string[] = ['millrace']

import { MillraceError, userError } from '@millrace/core'
import { Command, CommanderError, Option } from 'commander'
import type { CommonOptions } from './command/common-options.ts'
import { stateViewArguments } from './command/state-view-arguments.ts'
import { printFailure } from './output/print.ts'

type Action = (options: CommonOptions & Record<string, unknown>, ...args: string[]) => Promise<void>

/** Loads a command's module only when it is asked for: start-up stays short. */
function lazily(load: () => Promise<Action>): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given[given.length - 1] as Command
    const action = await load()
    await action(command.optsWithGlobals(), ...(given.slice(0, -2) as string[]))
  }
}

function common(command: Command): Command {
  return command
    .option('--project <dir>', 'the project', '.')
    .option('--state <dir>', 'the state folder (default: .millrace in the project)')
    .option('--env <name>', 'the environment', 'dev')
    .option('--database <url>', 'a PostgreSQL server to use instead of the embedded one')
    .option('--json', 'print one JSON document')
}

/** Every command, with its options. */
export function commandLine(): Command {
  const program = new Command('millrace')
    .description('Raw data in; trustworthy tables, features, models and alerts out.')
    .exitOverride()
    .showHelpAfterError(false)
  program.configureOutput({ writeErr: () => {} })
  const add = (form: string, description: string): Command => common(program.command(form).description(description).exitOverride())

  program
    .command('init [dir]')
    .description('make a new project')
    .option('--json', 'print one JSON document')
    .exitOverride()
    .action(lazily(async () => (await import('./command/init-command.ts')).initCommand as unknown as Action))
  add('run', 'ingest a bounded input and compute everything that reads it')
    .option('--input <file>', 'the file, or - for standard input')
    .option('--select <tables>', 'compute these tables by SQL instead: NAME, +NAME, NAME+, all; separated by commas')
    .option('--replace', 'forget what was known of this input and start over')
    .option('--plain', 'print a table')
    .option('--workers <n>', 'stream workers', integer('--workers'))
    .option(...STATE_MEMORY)
    .action(lazily(async () => (await import('./command/run-command.ts')).runCommand as unknown as Action))
  for (const [name, description] of [
    ['dev', 'follow the sources and show windows, scores and alerts as they come'],
    ['up', 'as dev, for production: lines for a log, drains on SIGTERM'],
  ]) {
    const command = add(name, description)
    if (name === 'up')
      command.addOption(
        new Option('--role <role>', 'control: all but the views; stream: only the views, in any number of processes').choices([
          'control',
          'stream',
        ]),
      )
    command
      .option('--reset', 'forget what was followed and start over')
      .option('--workers <n>', 'stream workers', integer('--workers'))
      .option(...STATE_MEMORY)
      .option('--from <glob>', 'follow these files instead of those declared')
      .option('--host <address>', 'where the server listens', '127.0.0.1')
      .option('--port <n>', "the server's port; 0 takes any free one", integer('--port', { min: 0, max: PORT_MAX }), 4600)
      .option('--no-server', 'without the server and its page')
      .action(lazily(async () => (await import('./command/dev-command.ts'))[`${name as 'dev' | 'up'}Command`] as unknown as Action))
  }
  addReadingCommands(add)
  addTableCommands(add)
  addModelCommands(add)
  addSavepointCommands(add)
  addBackfillCommand(add)
  addJobCommands(add)
  add('start', "start the state folder's services and leave them running").action(
    lazily(async () => (await import('./command/services-command.ts')).startCommand as unknown as Action),
  )
  add('stop', "stop the state folder's services").action(
    lazily(async () => (await import('./command/services-command.ts')).stopCommand as unknown as Action),
  )
  add('doctor', 'examine the state folder')
    .option('--state-view', 'show the state of the operators')
    .action(lazily(async () => (await import('./command/doctor-command.ts')).doctorCommand as unknown as Action))
  return program
}

function addBackfillCommand(add: (form: string, description: string) => Command): void {
  add('backfill [asset]', 'compute a stretch of a view or a table by SQL anew, slice by slice')
    .option('--from <time>', 'rows from this time on')
    .option('--to <time>', 'rows before this time')
    .option('--slice <duration>', 'time that is computed and replaced at once (default: 1d)')
    .option('--parallel <n>', 'slices that are computed at once', integer('--parallel'), 1)
    .addOption(
      new Option(
        '--engine <name>',
        'what computes a view: duckdb, or flink over the same tables (default: as the environment says)',
      ).choices(['duckdb', 'flink']),
    )
    .option('--dry-run', 'only show the slices')
    .option('--list', 'what was asked for so far, and how far it is')
    .option('--input <file>', "on that input's tables")
    .action(lazily(async () => (await import('./command/backfill-command.ts')).backfillCommand as unknown as Action))
}

/** Commands about the jobs of an environment on Flink. */
function addJobCommands(add: (form: string, description: string) => Command): void {
  const jobs = add('jobs', 'the jobs of an environment on Flink')
  const forms = { list: 'how they are', stop: 'stop them behind savepoints, from which the next session goes on' } as const
  for (const [name, description] of Object.entries(forms)) {
    const command = `jobs${name === 'list' ? 'List' : 'Stop'}Command` as const
    jobs
      .command(name)
      .description(description)
      .exitOverride()
      .action(lazily(async () => (await import('./command/jobs-command.ts'))[command] as unknown as Action))
  }
}

/** Commands that look at what is there. */
function addReadingCommands(add: (form: string, description: string) => Command): void {
  add('sql <query>', 'one read-only statement over the tables')
    .option('--limit <n>', 'most rows', integer('--limit'), 10_000)
    .option('--input <file>', "that input's tables")
    .action(lazily(async () => (await import('./command/sql-command.ts')).sqlCommand as unknown as Action))
  add('digest', 'row counts and SHA-256 of the tables')
    .option('--input <file>', "that input's tables")
    .option('--asset <name>', 'only this table')
    .action(lazily(async () => (await import('./command/digest-command.ts')).digestCommand as unknown as Action))
  add('alerts', 'the recorded alerts, latest first')
    .option('--asset <name>', 'only of this alert')
    .option('--since <time>', 'only windows that end at or after this time')
    .option('--limit <n>', 'most alerts', integer('--limit'), 200)
    .option('--input <file>', "that input's alerts")
    .action(lazily(async () => (await import('./command/alerts-command.ts')).alertsCommand as unknown as Action))
  add('parity <view>', 'recompute a feature view in batch and compare it with the stream')
    .option('--input <file>', "over that input's tables")
    .option('--since <time>', 'only windows that end after it')
    .option('--every <duration>', 'again and again, one document a line')
    .option(
      '--port <n>',
      'with --every: serve /metrics of the comparisons; 0 takes any free one',
      integer('--port', { min: 0, max: PORT_MAX }),
    )
    .action(lazily(async () => (await import('./command/parity-command.ts')).parityCommand as unknown as Action))
  add('compile', "print an asset's plan")
    .option('--asset <name>', 'the asset')
    .action(lazily(async () => (await import('./command/compile-command.ts')).compileCommand as unknown as Action))
  add('explain', 'print the SQL of an asset')
    .requiredOption('--asset <name>', 'the asset')
    .option('--engine <name>', 'duckdb', 'duckdb')
    .option('--mode <mode>', 'as_served or exact', 'as_served')
    .option('--input <file>', "over that input's tables")
    .action(lazily(async () => (await import('./command/explain-command.ts')).explainCommand as unknown as Action))
  add('plan-run', 'run a plan over rows')
    .option('--plan <file>', 'the plan')
    .option('--input <file>', 'rows as JSON lines')
    .option('--cases <file>', 'many plans with their rows as JSON lines')
    .option('--engine <name>', 'stream, duckdb, reference', 'stream')
    .option('--mode <mode>', 'as_served or exact')
    .option('--batch <n>', 'rows per batch', integer('--batch'))
    .option('--workers <n>', 'workers', integer('--workers'))
    .option(...STATE_MEMORY)
    .option('--kill-at <n>', 'kill the process after this many rows, start again and finish', integer('--kill-at'))
    .option('--changelog', 'print changes in order of emission')
    .addOption(new Option('--resume <dir>').hideHelp())
    .addOption(new Option('--modules <dir>').hideHelp())
    .action(lazily(async () => (await import('./command/plan-run-command.ts')).planRunCommand as unknown as Action))
}

/** Commands about tables: what they are made of, and what keeps them small. */
function addTableCommands(add: (form: string, description: string) => Command): void {
  const tables = add('tables [table]', 'snapshots, files and sizes of the tables, or all of one table')
    .option('--input <file>', "that input's tables")
    .action(lazily(async () => (await import('./command/tables-command.ts')).tablesCommand as unknown as Action))
  const part = (form: string, description: string): Command => tables.command(form).description(description).exitOverride()
  part('tag <table> <tag>', 'name a snapshot, so that it never expires')
    .option('--snapshot <id>', 'the snapshot; the current one by default')
    .action(lazily(async () => (await import('./command/maintain-command.ts')).tagCommand as unknown as Action))
  part('untag <table> <tag>', 'forget a tag').action(
    lazily(async () => (await import('./command/maintain-command.ts')).untagCommand as unknown as Action),
  )
  part('alter <table>', 'change columns and partitioning; no data file is touched')
    .option('--add <name:type...>', 'add a nullable column')
    .option('--drop <column...>', 'drop a column that nothing needs')
    .option('--rename <old=new...>', 'rename a column')
    .option('--widen <name:type...>', 'int32 to int64, or a decimal to more digits')
    .option('--move <name:after...>', 'put a column behind another, or `first`')
    .option('--partition-by <terms>', 'how later files are kept apart, e.g. "day(event_time), bucket(16, ip)"; or nothing')
    .action(lazily(async () => (await import('./command/alter-command.ts')).alterCommand as unknown as Action))
  part('compact <table>', 'put small data files together')
    .option('--sort <columns>', 'sort the rows by these columns, separated by commas', (text: string) => text.split(','))
    .option('--target-mb <n>', 'size that files come to', integer('--target-mb'), 128)
    .action(lazily(async () => (await import('./command/maintain-command.ts')).compactCommand as unknown as Action))
  part('expire <table>', 'drop old snapshots, and the files that only they need')
    .requiredOption('--older-than <duration>', 'e.g. 7d, 12h')
    .option('--keep-last <n>', 'snapshots that stay in any case', integer('--keep-last'), 1)
    .action(lazily(async () => (await import('./command/maintain-command.ts')).expireCommand as unknown as Action))
}

/** Commands about the state that an environment follows with. */
function addSavepointCommands(add: (form: string, description: string) => Command): void {
  const savepoint = add('savepoint', 'the state that an environment follows with: what changed definitions mean for it, and kept ones')
  const forms = {
    check: ['check [name]', 'say whether the state, or a savepoint, can go on under the definitions as they are now; nothing is touched'],
    changes: ['changes', 'the changes of definitions that the state has gone on with'],
    create: ['create [name]', 'keep the state, its log and its tables as they are now, beside whoever runs'],
    list: ['list', 'the savepoints'],
    restore: ['restore <name>', 'bring the environment back to a savepoint'],
    drop: ['drop <name>', 'forget a savepoint'],
  } as const
  for (const [name, [form, description]] of Object.entries(forms)) {
    savepoint
      .command(form)
      .description(description)
      .exitOverride()
      .action(
        lazily(async () => (await import('./command/savepoint-command.ts'))[`${name as keyof typeof forms}Command`] as unknown as Action),
      )
  }
}

/** Commands about models. */
function addModelCommands(add: (form: string, description: string) => Command): void {
  add('train', "train, judge and register the project's models")
    .option('--model <name...>', 'only these models')
    .option('--labels <file>', 'labels as JSON lines')
    .option('--input <file>', "on that input's tables")
    .option('--mode <mode>', 'as_served or exact', 'as_served')
    .option('--seed <n>', 'seed of the training', integer('--seed'))
    .option('--deploy', 'deploy what passes its gates')
    .action(lazily(async () => (await import('./command/train-command.ts')).trainCommand as unknown as Action))
  const models = add('models [model]', 'versions of models, their figures and deployments')
    .option('--rebuild', 'build the training set of MODEL[@VERSION] again and compare it with the record')
    .action(lazily(async () => (await import('./command/models-command.ts')).modelsCommand as unknown as Action))
  models
    .command('register <file>')
    .description('register an ONNX file as the next version of a model')
    .exitOverride()
    .requiredOption('--model <name>', 'the model')
    .option('--threshold <t>', 'scores from here on decide true', fraction('--threshold'))
    .option('--labels <file>', 'judge it by these labels')
    .option('--input <file>', "on that input's tables")
    .action(lazily(async () => (await import('./command/models-command.ts')).registerCommand as unknown as Action))
  add('deploy <model[@version]>', 'let a version score: the newest, or the one that is named').action(
    lazily(async () => (await import('./command/deploy-command.ts')).deployCommand as unknown as Action),
  )
  add('rollback <model>', 'go back to the version that was deployed before').action(
    lazily(async () => (await import('./command/deploy-command.ts')).rollbackCommand as unknown as Action),
  )
}

/** Most a number option may be. */
const INTEGER_MAX = 2 ** 31 - 1
const STATE_MEMORY = ['--state-memory <size>', "memory of an operator's state, e.g. 256MB: what does not fit is put away on disk"] as const
const PORT_MAX = 65_535

function integer(name: string, { min, max } = { min: 1, max: INTEGER_MAX }): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw userError('cli/bad-number', `\`${name}\` is \`${text}\`; it must be a whole number from ${min} to ${max}.`, {
      asked: `${name} ${text}`,
      found: text,
      do: `Give a whole number from ${min} to ${max}.`,
    })
  }
}

function fraction(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= 0 && value <= 1) return value
    throw userError('cli/bad-number', `\`${name}\` is \`${text}\`; it must be a number from 0 to 1.`, {
      asked: `${name} ${text}`,
      found: text,
      do: 'Give a number from 0 to 1.',
    })
  }
}

/** Runs the command line and sets the exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json')
  try {
    await commandLine().parseAsync([...stateViewArguments(argv)])
  } catch (error) {
    const failure = commandFailure(error, argv)
    if (failure === undefined) return
    process.exitCode = printFailure(failure, { json })
  }
  await flushed(process.stdout)
  process.exit(process.exitCode)
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

function commandFailure(error: unknown, argv: readonly string[]): unknown {
  if (error instanceof MillraceError || !(error instanceof CommanderError)) return error
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined
  const found = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  return userError('cli/usage', `The command line is not understood: ${found}.`, {
    asked: argv.slice(2).join(' '),
    found,
    do: 'See `millrace --help`, or `millrace COMMAND --help`.',
  })
}

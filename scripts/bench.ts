// `npm run bench -- NAME [--lines N | --events N] [--only A,B] [--repeats N] [--memory] [--json]`: figures beside a peer's, or of the parts.
import { parseArgs } from 'node:util'
import { ingestBench } from '../bench/ingest/ingest-bench.ts'
import { kafkaBench } from '../bench/kafka/kafka-bench.ts'
import { lakeBench } from '../bench/lake/lake-bench.ts'
import { liveBench } from '../bench/live/live-bench.ts'
import { thisMachine } from '../bench/measure/machine.ts'
import { microBench } from '../bench/micro/micro-bench.ts'
import { flinkBench, flinkKafkaBench } from '../bench/nexmark/flink-bench.ts'
import { nexmarkBench } from '../bench/nexmark/nexmark-bench.ts'
import { stampBench } from '../bench/nexmark/stamp-bench.ts'
import { scoreBench } from '../bench/score/score-bench.ts'
import { spillBench } from '../bench/spill/spill-bench.ts'
import { trainBench } from '../bench/train/train-bench.ts'
import { weblogsBench } from '../bench/weblogs/weblogs-bench.ts'
import { benchText } from './bench/bench-text.ts'

const LINES = 5_000_000
const EVENTS = 5_000_000
const MICRO_LINES = 500_000
const TRAIN_ROWS = 1_000_000
const KAFKA_ROWS = 500_000
const LAKE_ROWS = 50_000_000
const REPEATS = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lines: { type: 'string' },
    events: { type: 'string' },
    only: { type: 'string' },
    repeats: { type: 'string' },
    memory: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const [name] = positionals
const onStep = (text: string): boolean => process.stderr.write(`${name}: ${text}\n`)
const repeats = count('--repeats', values.repeats, REPEATS)

const benches: Readonly<Record<string, () => Promise<{ readonly same_result?: boolean; readonly cases: readonly object[] }>>> = {
  weblogs: () => weblogsBench({ lines: count('--lines', values.lines, LINES), repeats, memory: values.memory, onStep }),
  ingest: () => ingestBench({ repeats, onStep }),
  kafka: () => kafkaBench({ rows: count('--lines', values.lines, KAFKA_ROWS), repeats, onStep }),
  lake: () => lakeBench({ rows: count('--lines', values.lines, LAKE_ROWS), repeats, onStep }),
  live: () => liveBench(),
  nexmark: () => nexmarkBench({ events: count('--events', values.events, EVENTS), repeats, only: values.only?.split(','), onStep }),
  'nexmark-flink': () => flinkBench({ events: count('--events', values.events, EVENTS), repeats, only: values.only?.split(','), onStep }),
  'nexmark-flink-kafka': () =>
    flinkKafkaBench({ events: count('--events', values.events, EVENTS), repeats, only: values.only?.split(','), onStep }),
  'nexmark-flink-stamp': () =>
    stampBench({ events: count('--events', values.events, EVENTS), repeats, only: values.only?.split(','), onStep }),
  score: () => scoreBench({ repeats, onStep }),
  spill: () => spillBench(onStep),
  train: () => trainBench({ rows: count('--lines', values.lines, TRAIN_ROWS), repeats, onStep }),
  micro: () => microBench({ lines: count('--lines', values.lines, MICRO_LINES), repeats, onStep }),
}

if (name === undefined || !Object.hasOwn(benches, name)) {
  process.stderr.write(`\`${name ?? ''}\` is no benchmark; there are ${Object.keys(benches).join(', ')}: npm run bench -- weblogs\n`)
  process.exitCode = 1
} else {
  const machine = thisMachine()
  const at = new Date().toISOString()
  const result = await benches[name]()
  const document = { bench: name, machine, at, ...result }
  process.stdout.write(values.json ? `${JSON.stringify(document)}\n` : benchText(document))
  if (result.same_result === false) process.exitCode = 1
}

function count(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  process.stderr.write(`\`${option}\` is \`${text}\`; it must be a whole number from 1.\n`)
  process.exit(1)
}

// Forwards the topic of `stamped-log.ts` until it is killed, which it does itself where it is told to: node forward-process.ts '{"path":…}'
import { openLog } from '@millrace/log-lmdb'
import { TransactionalProducer } from '../src/client/transactional-producer.ts'
import { Forwarder } from '../src/forward/forwarder.ts'
import { CLUSTER } from './kafka-address.ts'
import { KEY, TOPIC } from './stamped-log.ts'

/** Where the process ends: with records sent and no commit, with the commit under way, with the commit done and the log not told. */
export type DeathPlace = 'before-commit' | 'during-commit' | 'after-commit' | 'never'

export interface ForwardOrder {
  readonly path: string
  readonly name: string
  readonly to: string
  readonly partitions: number
  /** Which commit of the process it dies at, from 1. */
  readonly at: number
  readonly place: DeathPlace
}

const { path, name, to, partitions, at, place } = JSON.parse(process.argv[2]) as ForwardOrder
const die = (): void => void process.kill(process.pid, 'SIGKILL')
const { commit } = TransactionalProducer.prototype
let commits = 0

TransactionalProducer.prototype.commit = function (): Promise<void> {
  commits++
  if (commits === at && place === 'before-commit') die()
  const done = commit.call(this)
  if (commits === at && place === 'during-commit') setTimeout(die, 1)
  return commits === at && place === 'after-commit' ? done.then(die) : done
}

const log = openLog({ path })
const forwarder = new Forwarder({ log, logId: 'log-1', connection: CLUSTER, name, topics: [{ topic: TOPIC, to, partitions, key: KEY }] })
setInterval(() => process.stdout.write(`${JSON.stringify(forwarder.status)}\n`), 50)
await forwarder.run(new AbortController().signal)
throw forwarder.refusal

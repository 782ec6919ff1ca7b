import type { StreamAsset } from '@millrace/core'
import type { RunProgress } from '@millrace/engine-stream'
import type { EmbeddedLog } from '@millrace/log-lmdb'
import type { ViewMessage } from '../pipeline/view-message.ts'
import { pickCounters } from '../run/asset-counters.ts'
import { ownMark } from './process-mark.ts'
import { type StreamShares, streamShares } from './sharers.ts'

/** How often it is looked at what others have done. */
const LOOK_MS = 100
/** Owners are told when they have stayed the same for so many looks: not every step of a change is news. */
const STEADY_LOOKS = 3
/** As many looks while some partition has no owner. */
const FREE_LOOKS = 20

export interface ShareWatchOptions {
  readonly log: EmbeddedLog
  /** Streams that have views. */
  readonly streams: readonly StreamAsset[]
  /** What workers of other processes would have said here. */
  readonly onStream: (stream: StreamAsset, message: ViewMessage) => void
  /** Other owners than at the last call. */
  readonly onShares: (shares: StreamShares) => void
}

interface Told {
  /** By member. */
  readonly beats: Map<string, number>
  /** By partition: what its progress was when it was told of. */
  readonly progress: Map<number, string>
  shown: string
  waiting: string
  looks: number
}

/** Watches what other processes say in the log about the partitions of streams that they compute. */
export class ShareWatch {
  readonly #options: ShareWatchOptions
  readonly #timer: NodeJS.Timeout
  readonly #told: readonly (readonly [StreamAsset, Told])[]

  constructor(options: ShareWatchOptions) {
    this.#options = options
    this.#told = options.streams.map((stream) => [stream, { beats: new Map(), progress: new Map(), shown: '', waiting: '', looks: 0 }])
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  look(): void {
    for (const [stream, told] of this.#told) {
      const shares = streamShares(this.#options.log, stream.name)
      this.#tellProgress(stream, shares, told)
      this.#tellOwners(shares, told)
    }
  }

  #tellProgress(stream: StreamAsset, { members }: StreamShares, { beats, progress }: Told): void {
    const { pid, namespace } = ownMark()
    for (const { id, process, beat, progress: all, facts } of members) {
      if ((process.pid === pid && process.namespace === namespace) || beats.get(id) === beat) continue
      beats.set(id, beat)
      const moved = all.filter((one) => progress.get(one.partition) !== textOf(one))
      for (const one of moved) {
        const { partition, watermark, counters, times } = one
        progress.set(partition, textOf(one))
        this.#options.onStream(stream, { kind: 'moved', partition, watermark, counters: pickCounters(counters), times })
      }
      if (moved.length > 0) this.#options.onStream(stream, { kind: 'applied', lagMs: facts.appliedLagMs })
    }
  }

  #tellOwners(shares: StreamShares, told: Told): void {
    const text = JSON.stringify([shares.sharers, shares.free])
    told.looks = text === told.waiting ? told.looks + 1 : 0
    told.waiting = text
    if (text === told.shown || told.looks < (shares.free.length === 0 ? STEADY_LOOKS : FREE_LOOKS)) return
    told.shown = text
    this.#options.onShares(shares)
  }
}

function textOf({ watermark, counters }: RunProgress): string {
  return JSON.stringify([watermark, counters])
}

import { MillraceError, streamOf } from '@millrace/core'
import { type RunningServer, startServer } from '@millrace/server'
import type { Store } from '@millrace/store'
import type { LiveScope } from '../dev/live-scope.ts'
import type { PushLine } from '../dev/push-line.ts'
import { storeDeployments } from '../pipeline/store-deployments.ts'
import type { LoadedProject } from '../project/load-project.ts'
import type { AlertBoard } from './alert-board.ts'
import type { LiveBoard } from './live-board.ts'
import type { MeterBoard } from './meter-board.ts'
import { ModelBoard } from './model-board.ts'
import { PushDesk } from './push-desk.ts'
import { ScoringDesk } from './scoring-desk.ts'

export interface LiveServerOptions {
  readonly host: string
  readonly port: number
  readonly store: Store
  readonly stateDir: string
  readonly loaded: LoadedProject
  readonly live: LiveScope
  readonly pushes: ReadonlyMap<string, PushLine>
  readonly board: LiveBoard
  readonly alerts: AlertBoard
  readonly meters: MeterBoard
  /** Event time that a stream has reached, epoch ms. */
  readonly watermark: (stream: string) => number
  readonly onTrouble: (code: string, message: string, todo: string | undefined) => void
}

/** The server of a live session, and what it needs to answer requests for scores. */
export class LiveServer {
  readonly #server: RunningServer
  readonly #desk: ScoringDesk

  private constructor(server: RunningServer, desk: ScoringDesk) {
    this.#server = server
    this.#desk = desk
  }

  get url(): string {
    return this.#server.url
  }

  /** Undefined where the port is taken: that is told, and the session goes on without. */
  static async start(options: LiveServerOptions): Promise<LiveServer | undefined> {
    const { live, loaded, store, stateDir, onTrouble } = options
    const env = live.scope.env
    const desk = await ScoringDesk.open({
      log: live.log,
      models: loaded.project.models,
      deployments: storeDeployments(store, { stateDir, project: loaded.project.name, env }),
      watermark: (model) => options.watermark(streamOf(model).name),
      onTrouble: (model, error) => onTrouble(codeOf(error), `Model \`${model}\`: ${messageOf(error)}`, undefined),
    })
    try {
      const server = await startServer({
        host: options.host,
        port: options.port,
        live: options.board,
        alerts: options.alerts,
        registry: new ModelBoard({ store, project: loaded.project, env }),
        scoring: desk,
        meters: options.meters,
        ready: options.board,
        ingest: new PushDesk(loaded.project.streams, options.pushes),
      })
      return new LiveServer(server, desk)
    } catch (error) {
      await desk.close()
      if (!(error instanceof MillraceError) || error.code !== 'server/port-in-use') throw error
      onTrouble(error.code, error.message, error.facts.do)
      return undefined
    }
  }

  drain(): void {
    this.#server.drain()
  }

  async close(): Promise<void> {
    await this.#server.close()
    await this.#desk.close()
  }
}

function codeOf(error: unknown): string {
  return error instanceof MillraceError ? error.code : 'bug/unexpected'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

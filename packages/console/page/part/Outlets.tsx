import type { OutletState } from '../api.ts'
import { whole } from '../text/figure.ts'
import { Panel } from './Panel.tsx'

const WORDS: Readonly<Record<OutletState['state'], string>> = {
  starting: 'starting',
  running: 'takes what it gets',
  retrying: 'fails, is tried again',
  refused: 'refuses its rows',
  stopped: 'stopped',
}
const JOB_WORDS = { running: 'runs', refused: 'has failed for good' } as const

interface OutletsProps {
  readonly outlets: readonly OutletState[]
}

/** Where rows and alerts go, and whether they arrive; what computes views elsewhere, and what goes there and comes back. */
export function Outlets({ outlets }: OutletsProps) {
  const isScaled = ({ kind }: OutletState): boolean => kind === 'job' || kind === 'carrier'
  return (
    <>
      <OutletPanel title="Kafka and Flink" outlets={outlets.filter(isScaled)} />
      <OutletPanel title="Sinks and receivers" outlets={outlets.filter((outlet) => !isScaled(outlet))} />
    </>
  )
}

function OutletPanel({ title, outlets }: OutletsProps & { readonly title: string }) {
  if (outlets.length === 0) return null
  return (
    <Panel title={title}>
      {outlets.map((outlet) => (
        <div key={outlet.name} className="source">
          <h3>
            {outlet.name} <span className="note">{outlet.kind}</span>
          </h3>
          <dl className="facts">
            <dt>state</dt>
            <dd className={isTroubled(outlet) ? 'bad-text' : ''}>{wordOf(outlet)}</dd>
            <dt>{outlet.kind === 'job' ? 'checkpoints' : 'delivered'}</dt>
            <dd>{whole(outlet.delivered)}</dd>
            <dt>waiting</dt>
            <dd>{whole(outlet.waiting)}</dd>
            {outlet.failed > 0 && <Failed count={outlet.failed} />}
          </dl>
          {outlet.last_error !== null && <p className="bad-text">{outlet.last_error}</p>}
        </div>
      ))}
    </Panel>
  )
}

/** A job takes no rows of ours: it runs. */
function wordOf({ kind, state }: OutletState): string {
  return kind === 'job' && (state === 'running' || state === 'refused') ? JOB_WORDS[state] : WORDS[state]
}

function Failed({ count }: { readonly count: number }) {
  return (
    <>
      <dt>given up</dt>
      <dd className="bad-text">{whole(count)}</dd>
    </>
  )
}

function isTroubled({ state }: OutletState): boolean {
  return state === 'retrying' || state === 'refused'
}

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

/** Where rows and alerts go, and whether they arrive. */
export function Outlets({ outlets }: { readonly outlets: readonly OutletState[] }) {
  if (outlets.length === 0) return null
  return (
    <Panel title="Sinks and receivers">
      {outlets.map((outlet) => (
        <div key={outlet.name} className="source">
          <h3>
            {outlet.name} <span className="note">{outlet.kind}</span>
          </h3>
          <dl className="facts">
            <dt>state</dt>
            <dd className={isTroubled(outlet) ? 'bad-text' : ''}>{WORDS[outlet.state]}</dd>
            <dt>delivered</dt>
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

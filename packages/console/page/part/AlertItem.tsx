import { useId } from 'react'
import type { Alert } from '../api.ts'
import { keyText, plain, scalar, whole } from '../text/figure.ts'
import { dayOf, windowText } from '../text/instant.ts'
import { Contributions } from './Contributions.tsx'
import { RangeBar } from './RangeBar.tsx'

interface AlertItemProps {
  readonly alert: Alert
  readonly isOpen: boolean
  readonly onToggle: () => void
}

export function AlertItem({ alert, isOpen, onToggle }: AlertItemProps) {
  const id = useId()
  return (
    <li className="alert">
      <button type="button" className="alert-head" aria-expanded={isOpen} aria-controls={id} onClick={onToggle}>
        <span className="chevron" aria-hidden="true" />
        <code className="alert-key">{keyText(alert.key)}</code>
        <span className="alert-name">{alert.asset}</span>
        <span className="alert-why">{verdict(alert)}</span>
        <time className="alert-time" dateTime={alert.window_end}>
          {dayOf(alert.window_start)}, {windowText(alert.window_start, alert.window_end)}
        </time>
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <Evidence alert={alert} />}
      </div>
    </li>
  )
}

function verdict({ score, threshold, decided_by }: Alert): string {
  if (decided_by === 'fallback') return 'fallback rule'
  return score === null ? 'rule' : `score ${score.toFixed(3)}${threshold === null ? '' : ` ≥ ${plain(threshold)}`}`
}

function Evidence({ alert }: { readonly alert: Alert }) {
  return (
    <div className="evidence">
      <table className="rows features">
        <caption className="sub">
          Features <span className="note">band: 98 % of training rows, tick: their median</span>
        </caption>
        <thead className="unseen">
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">Value</th>
            <th scope="col">Against the usual range</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(alert.evidence).map(([feature, value]) => (
            <tr key={feature}>
              <th scope="row">{feature}</th>
              <td className="number">{scalar(value)}</td>
              <td className="range-cell">
                <RangeBar value={typeof value === 'number' ? value : null} usual={alert.usual[feature]} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div>
        {alert.contributions.length > 0 && <Contributions contributions={alert.contributions} />}
        <h4 className="sub">Trace</h4>
        <dl className="facts">
          <dt>model</dt>
          <dd>{alert.model === null ? '–' : `${alert.model} version ${alert.version ?? '–'}`}</dd>
          <dt>delivered</dt>
          <dd>{alert.delivered === null ? 'no receiver' : alert.delivered ? 'yes' : <span className="warn-text">not yet</span>}</dd>
          <dt>sample lines</dt>
          <dd>{alert.sample_offsets.length === 0 ? '–' : alert.sample_offsets.map((offset) => whole(offset)).join('  ')}</dd>
          <dt>runbook</dt>
          <dd>{alert.runbook === null ? '–' : <a href={runbookLink(alert)}>{alert.runbook}</a>}</dd>
          <dt>id</dt>
          <dd>
            <code className="id">{alert.id}</code>
          </dd>
        </dl>
      </div>
    </div>
  )
}

/** Runbooks on the web are linked as they are; those of the project are shown by the server. */
function runbookLink({ runbook, asset }: Alert): string {
  return runbook !== null && /^https?:\/\//.test(runbook) ? runbook : `api/runbooks/${encodeURIComponent(asset)}`
}

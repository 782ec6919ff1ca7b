import type { SourceState } from '../api.ts'
import { whole } from '../text/figure.ts'
import { timeOf } from '../text/instant.ts'
import { Panel } from './Panel.tsx'

/** Where the lines come from and which were put aside, with reasons. */
export function Sources({ sources }: { readonly sources: readonly SourceState[] }) {
  return (
    <Panel title="Sources and dead letters">
      {sources.length === 0 && <p className="empty">No source yet.</p>}
      {sources.map((source) => (
        <div key={source.name} className="source">
          <h3>{source.name}</h3>
          <dl className="facts">
            <dt>decoded</dt>
            <dd>
              {whole(source.decoded)} of {whole(source.lines)}
            </dd>
            <dt>watermark</dt>
            <dd>{timeOf(source.watermark)}</dd>
            {Object.entries(source.positions).map(([split, offset]) => (
              <Position key={split} split={split} offset={offset} />
            ))}
          </dl>
          <Reasons source={source} />
        </div>
      ))}
    </Panel>
  )
}

function Position({ split, offset }: { readonly split: string; readonly offset: number }) {
  return (
    <>
      <dt className="path">{split}</dt>
      <dd>{whole(offset)}</dd>
    </>
  )
}

function Reasons({ source }: { readonly source: SourceState }) {
  const reasons = Object.entries(source.reasons).sort((a, b) => b[1] - a[1])
  if (reasons.length === 0) return <p className="empty">No dead letters.</p>
  return (
    <table className="rows" aria-label={`Dead letters of ${source.name} by reason`}>
      <tbody>
        {reasons.map(([reason, count]) => (
          <tr key={reason}>
            <th scope="row">
              <code>{reason}</code>
            </th>
            <td className="number">{whole(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

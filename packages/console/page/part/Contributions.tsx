import type { Contribution } from '../api.ts'
import { signed } from '../text/figure.ts'

const SHOWN_MAX = 6

/** What moved the score most, to the right towards an alert, to the left away from it. */
export function Contributions({ contributions }: { readonly contributions: readonly Contribution[] }) {
  const shown = [...contributions].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, SHOWN_MAX)
  const greatest = Math.abs(shown[0].value) || 1
  return (
    <table className="rows contributions">
      <caption className="sub">
        Why <span className="note">contribution to the score, log-odds</span>
      </caption>
      <thead className="unseen">
        <tr>
          <th scope="col">Feature</th>
          <th scope="col">Contribution</th>
          <th scope="col">Bar</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ feature, value }) => (
          <tr key={feature}>
            <th scope="row">{feature}</th>
            <td className="number">{signed(value)}</td>
            <td className="push-cell" aria-hidden="true">
              <span className="push">
                <span
                  className={value < 0 ? 'away' : 'towards'}
                  style={{ width: `${(50 * Math.abs(value)) / greatest}%`, [value < 0 ? 'right' : 'left']: '50%' }}
                />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

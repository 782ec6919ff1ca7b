import type { AssetState, WindowState } from '../api.ts'
import { keyText, scalar, short, whole } from '../text/figure.ts'
import { windowText } from '../text/instant.ts'
import { Panel } from './Panel.tsx'

const KEYS_SHOWN = 4
const COLUMNS_SHOWN = 3

/** The latest closed window of each view with its busiest keys. */
export function Windows({ windows, assets }: { readonly windows: readonly WindowState[]; readonly assets: readonly AssetState[] }) {
  const latest = new Map<string, WindowState>()
  for (const window of windows) {
    const known = latest.get(window.asset)
    if (known === undefined || known.window_end < window.window_end) latest.set(window.asset, window)
  }
  return (
    <Panel title="Latest windows" note="event time UTC">
      {latest.size === 0 && <p className="empty">No window has closed yet.</p>}
      {[...latest.values()].map((window) => (
        <Window key={window.asset} window={window} asset={assets.find(({ name }) => name === window.asset)} />
      ))}
    </Panel>
  )
}

function Window({ window, asset }: { readonly window: WindowState; readonly asset: AssetState | undefined }) {
  const columns = Object.keys(window.top[0]?.values ?? {}).slice(0, COLUMNS_SHOWN)
  return (
    <div className="window">
      <h3>
        {window.asset} <span className="note">{windowText(window.window_start, window.window_end)}</span>
      </h3>
      <p className="note">
        {whole(window.rows)} keys
        {asset !== undefined && ` · ${short(asset.rows)} rows in all · ${whole(asset.late)} late`}
      </p>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{Object.keys(window.top[0]?.key ?? { key: '' }).join(', ')}</th>
            {columns.map((column) => (
              <th key={column} scope="col" className="number">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {window.top.slice(0, KEYS_SHOWN).map(({ key, values }) => (
            <tr key={keyText(key)}>
              <th scope="row">
                <code>{keyText(key)}</code>
              </th>
              {columns.map((column) => (
                <td key={column} className="number">
                  {scalar(values[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

import { useMemo, useState } from 'react'
import type { Alert } from '../api.ts'
import { whole } from '../text/figure.ts'
import { AlertItem } from './AlertItem.tsx'
import { Panel } from './Panel.tsx'

const SHOWN_FIRST = 12

/** Alerts, latest first; the first one is open. */
export function Alerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  const [all, setAll] = useState(false)
  const [open, setOpen] = useState<string | null | undefined>(undefined)
  const sorted = useMemo(() => [...alerts].sort((a, b) => order(b).localeCompare(order(a))), [alerts])
  const shown = all ? sorted : sorted.slice(0, SHOWN_FIRST)
  const opened = open === undefined ? sorted[0]?.id : open
  return (
    <Panel title="Alerts" note={sorted.length === 0 ? undefined : `${whole(sorted.length)}, latest first`} className="alerts">
      {sorted.length === 0 && <p className="empty">No alert. Rows are scored as their windows close.</p>}
      <ul className="alert-list">
        {shown.map((alert) => (
          <AlertItem
            key={alert.id}
            alert={alert}
            isOpen={alert.id === opened}
            onToggle={() => setOpen(alert.id === opened ? null : alert.id)}
          />
        ))}
      </ul>
      {sorted.length > SHOWN_FIRST && (
        <button type="button" className="more" onClick={() => setAll(!all)}>
          {all ? `Show the latest ${SHOWN_FIRST}` : `Show all ${whole(sorted.length)}`}
        </button>
      )}
    </Panel>
  )
}

function order(alert: Alert): string {
  return `${alert.window_end} ${alert.raised_at} ${alert.id}`
}

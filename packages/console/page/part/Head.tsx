import type { WatchState } from '../api.ts'
import type { Feed } from '../feed/state-feed.ts'
import { dayAndTime } from '../text/instant.ts'

const CONNECTION: Readonly<Record<Feed['connection'], string>> = { connecting: 'Connecting', live: 'Live', lost: 'No connection' }

export function Head({ connection, state }: { readonly connection: Feed['connection']; readonly state: WatchState | undefined }) {
  return (
    <header className="head">
      <svg className="mark" viewBox="0 0 24 16" aria-hidden="true">
        <path d="M1 5c4-4 7 4 11 0s7-2 11-2M1 12c4-4 7 4 11 0s7-2 11-2" />
      </svg>
      <h1>{state?.project ?? 'Millrace'}</h1>
      {state !== undefined && (
        <>
          <span className="badge">{state.env}</span>
          <span className="note since">since {dayAndTime(state.since)} UTC</span>
        </>
      )}
      <span className={`connection ${connection}`} data-testid="connection">
        <span className="dot" aria-hidden="true" />
        {CONNECTION[connection]}
      </span>
    </header>
  )
}

import { useSyncExternalStore } from 'react'
import type { StateFeed } from '../feed/state-feed.ts'
import { Alerts } from './Alerts.tsx'
import { Banner } from './Banner.tsx'
import { Head } from './Head.tsx'
import { Model } from './Model.tsx'
import { Outlets } from './Outlets.tsx'
import { Sources } from './Sources.tsx'
import { Tiles } from './Tiles.tsx'
import { Traffic } from './Traffic.tsx'
import { Windows } from './Windows.tsx'

/** The one page: what comes in, what is made of it, what is decided, and why. */
export function Watch({ feed }: { readonly feed: StateFeed }) {
  const { connection, heardAt, state } = useSyncExternalStore(feed.subscribe, feed.get)
  return (
    <>
      <Head connection={connection} state={state} />
      <Banner connection={connection} heardAt={heardAt} />
      {state === undefined ? (
        <main className="waiting">
          <p className="empty">Waiting for the first state.</p>
        </main>
      ) : (
        <main className={connection === 'lost' ? 'old' : ''}>
          <Tiles state={state} />
          <div className="columns">
            <div className="main-column">
              <Traffic history={state.history} />
              <Alerts alerts={state.alerts} />
            </div>
            <div className="side-column">
              <Windows windows={state.windows} assets={state.assets} />
              <Sources sources={state.sources} />
              <Outlets outlets={state.outlets} />
            </div>
          </div>
          <div className="models">
            {state.models.map((model) => (
              <Model key={model.model} model={model} />
            ))}
          </div>
        </main>
      )}
    </>
  )
}

import type { Feed } from '../feed/state-feed.ts'
import { timeOf } from '../text/instant.ts'

/** Says that the figures are old, as soon as they are. */
export function Banner({ connection, heardAt }: Pick<Feed, 'connection' | 'heardAt'>) {
  return (
    <div role="alert" className="banner-place">
      {connection === 'lost' && (
        <p className="banner">
          <strong>No connection to the server.</strong>{' '}
          {heardAt === undefined
            ? 'It has not answered yet; trying again every second.'
            : `What you see is from ${timeOf(new Date(heardAt).toISOString())} UTC. Trying again every second.`}
        </p>
      )}
    </div>
  )
}

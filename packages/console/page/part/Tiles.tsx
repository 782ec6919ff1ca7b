import type { WatchState } from '../api.ts'
import { milliseconds, short, whole } from '../text/figure.ts'
import { dayOf, timeOf } from '../text/instant.ts'

interface TileProps {
  readonly name: string
  readonly value: string
  readonly note?: string
  readonly tone?: 'warn' | 'bad'
}

function Tile({ name, value, note, tone }: TileProps) {
  return (
    <div className={`tile ${tone ?? ''}`}>
      <dt>{name}</dt>
      <dd>
        <span className="tile-value">{value}</span>
        {note !== undefined && <span className="note">{note}</span>}
      </dd>
    </div>
  )
}

/** The session in seven figures. */
export function Tiles({ state }: { readonly state: WatchState }) {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const { sources, assets, alerts } = state
  const lags = sources.flatMap((one) => (one.lag_ms === null ? [] : [one.lag_ms]))
  const watermarks = sources.map((one) => one.watermark)
  const watermark = watermarks.includes(null) ? null : ((watermarks as string[]).sort()[0] ?? null)
  const lines = sum(sources.map((one) => one.lines))
  const bad = sum(sources.map((one) => one.dead_letters))
  const late = sum(assets.map((one) => one.late))
  const latest = alerts.reduce<string | null>((max, one) => (max === null || one.window_end > max ? one.window_end : max), null)
  return (
    <dl className="tiles">
      <Tile name="Lines a second" value={short(sum(sources.map((one) => one.lines_per_second)))} />
      <Tile name="Lag" value={milliseconds(lags.length === 0 ? null : Math.max(...lags))} note="line to state" />
      <Tile
        name="Watermark"
        value={timeOf(watermark)}
        note={watermark === null ? 'waiting for every source' : `${dayOf(watermark)}, event time`}
      />
      <Tile name="Lines read" value={short(lines)} />
      <Tile name="Dead letters" value={whole(bad)} note={lines === 0 ? undefined : share(bad, lines)} tone={bad > 0 ? 'warn' : undefined} />
      <Tile name="Late rows" value={whole(late)} note="in no window" tone={late > 0 ? 'warn' : undefined} />
      <Tile
        name="Alerts"
        value={alerts.length >= 200 ? '200+' : whole(alerts.length)}
        note={latest === null ? 'none so far' : `latest ${timeOf(latest).slice(0, 5)}`}
        tone={alerts.length > 0 ? 'bad' : undefined}
      />
    </dl>
  )
}

function share(part: number, whole: number): string {
  const percent = (100 * part) / whole
  return `${percent > 0 && percent < 0.01 ? '<0.01' : percent.toFixed(2)} % of lines`
}

import { useMemo } from 'react'
import type { Pulse } from '../api.ts'
import { milliseconds, short } from '../text/figure.ts'
import { Chart } from './Chart.tsx'
import { Panel } from './Panel.tsx'

const RATE = [{ label: 'lines a second', colour: '--accent', filled: true }]
const LAG = [{ label: 'lag', colour: '--second' }]
const HEIGHT = 132

/** Throughput and lag over the last minutes. */
export function Traffic({ history }: { readonly history: readonly Pulse[] }) {
  const { times, rates, lags } = useMemo(
    () => ({
      times: history.map((one) => Date.parse(one.at) / 1000),
      rates: [history.map((one) => one.lines_per_second)],
      lags: [history.map((one) => one.lag_ms)],
    }),
    [history],
  )
  const last = history.at(-1)
  return (
    <Panel title="Throughput and lag" note="last 10 minutes, wall clock UTC" className="traffic">
      <div className="pair">
        <figure>
          <figcaption>Lines a second</figcaption>
          <Chart
            label={`Lines a second over the last ten minutes, now ${short(last?.lines_per_second ?? 0)}`}
            lines={RATE}
            times={times}
            values={rates}
            height={HEIGHT}
            format={short}
            atLeast={10}
          />
        </figure>
        <figure>
          <figcaption>Lag from line to state</figcaption>
          <Chart
            label={`Lag over the last ten minutes, now ${milliseconds(last?.lag_ms ?? null)}`}
            lines={LAG}
            times={times}
            values={lags}
            height={HEIGHT}
            format={milliseconds}
            atLeast={10}
          />
        </figure>
      </div>
    </Panel>
  )
}

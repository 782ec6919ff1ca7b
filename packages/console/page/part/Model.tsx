import { memo, useMemo } from 'react'
import type { ModelState } from '../api.ts'
import { milliseconds, plain, short, whole } from '../text/figure.ts'
import { dayAndTime } from '../text/instant.ts'
import { Chart } from './Chart.tsx'
import { Panel } from './Panel.tsx'
import { ScoreBars } from './ScoreBars.tsx'

const MIX = [
  { label: 'scored rows', colour: '--second' },
  { label: 'decided by the model', colour: '--accent', filled: true },
]
const POSITIVE = [{ label: 'positive', colour: '--bad', filled: true }]
const HEIGHT = 118

/** What a model decides: its scores, and the decisions minute by minute. */
export const Model = memo(function Model({ model }: { readonly model: ModelState }) {
  const { times, mix, positive } = useMemo(
    () => ({
      times: model.decisions.map((one) => Date.parse(one.minute) / 1000),
      mix: [model.decisions.map((one) => one.by_model + one.by_fallback), model.decisions.map((one) => one.by_model)],
      positive: [model.decisions.map((one) => one.positive)],
    }),
    [model.decisions],
  )
  const all = model.by_model + model.by_fallback
  return (
    <Panel title={model.model} note={`on ${model.on}`} className="model">
      <p className="model-line">
        {model.version === null ? (
          <span className="badge warn">no version deployed: the fallback decides</span>
        ) : (
          <>
            <span className="badge">version {model.version}</span>
            <span className="note">
              threshold {model.threshold === null ? '–' : plain(model.threshold)} · deployed {dayAndTime(model.deployed_at)}
            </span>
          </>
        )}
      </p>
      <dl className="figures">
        <Figure name="rows scored" value={short(all)} />
        <Figure name="positive" value={whole(model.positive)} />
        <Figure name="by fallback" value={whole(model.by_fallback)} tone={model.by_fallback > 0 ? 'warn-text' : ''} />
        <Figure name="failures" value={whole(model.failures)} tone={model.failures > 0 ? 'bad-text' : ''} />
        <Figure name="scoring p50 / p99" value={timing(model)} />
      </dl>
      <ScoreBars histogram={model.histogram} threshold={model.threshold} />
      <div className="pair">
        <figure>
          <figcaption>
            Rows a minute <Key colour="accent" text="model" /> <Key colour="second" text="fallback" />
          </figcaption>
          <Chart
            label={`Rows of ${model.model} decided a minute, by model and by fallback`}
            lines={MIX}
            times={times}
            values={mix}
            between="--second"
            height={HEIGHT}
            format={short}
          />
        </figure>
        <figure>
          <figcaption>Positive decisions a minute</figcaption>
          <Chart
            label={`Positive decisions of ${model.model} a minute`}
            lines={POSITIVE}
            times={times}
            values={positive}
            height={HEIGHT}
            format={short}
            atLeast={4}
          />
        </figure>
      </div>
    </Panel>
  )
})

function Figure({ name, value, tone = '' }: { readonly name: string; readonly value: string; readonly tone?: string }) {
  return (
    <div>
      <dt>{name}</dt> <dd className={tone}>{value}</dd>
    </div>
  )
}

function timing({ scoring_ms }: ModelState): string {
  return scoring_ms === null ? '–' : `${milliseconds(scoring_ms.p50)} / ${milliseconds(scoring_ms.p99)}`
}

function Key({ colour, text }: { readonly colour: string; readonly text: string }) {
  return (
    <span className="key">
      <span className={`swatch ${colour}`} aria-hidden="true" />
      {text}
    </span>
  )
}

import { Histogram, type MetricObjectWithValues, type MetricValueWithName, type Registry } from 'prom-client'
import type { TimingCounts } from '../view/meter-view.ts'

interface LabelledTiming {
  readonly labels: Readonly<Record<string, string>>
  readonly timing: TimingCounts
}

interface FedHistogramOptions {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly registry: Registry
  readonly take: () => readonly LabelledTiming[]
}

/** A histogram whose bins are counted elsewhere, in another thread for instance, and only shown here. */
export class FedHistogram extends Histogram {
  readonly #help: string
  readonly #take: () => readonly LabelledTiming[]

  constructor({ name, help, labels, registry, take }: FedHistogramOptions) {
    super({ name, help, labelNames: [...labels], registers: [registry] })
    this.#help = help
    this.#take = take
  }

  override get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.getForPromString()
  }

  /** The name under which the registry asks first. */
  async getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const name = (this as unknown as { name: string }).name
    const values = this.#take().flatMap(({ labels, timing }) => lines(name, labels, timing))
    return { name, help: this.#help, type: 'histogram' as never, values, aggregator: 'sum', collect: () => {} }
  }
}

function lines(name: string, labels: Readonly<Record<string, string>>, timing: TimingCounts): MetricValueWithName<string>[] {
  const bucket = (le: number | string, value: number) => ({ metricName: `${name}_bucket`, labels: { ...labels, le }, value })
  return [
    ...timing.bounds.map((bound, i) => bucket(bound, timing.cumulative[i])),
    bucket('+Inf', timing.count),
    { metricName: `${name}_sum`, labels: { ...labels }, value: timing.sum },
    { metricName: `${name}_count`, labels: { ...labels }, value: timing.count },
  ]
}

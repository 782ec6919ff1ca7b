import { whole } from '../text/figure.ts'

/** How many rows had which score, in equal bins over [0, 1]. Heights are logarithmic: attacks are few. */
export function ScoreBars({ histogram, threshold }: { readonly histogram: readonly number[]; readonly threshold: number | null }) {
  const top = Math.log1p(Math.max(1, ...histogram))
  const bins = histogram.length
  const above = threshold === null ? 0 : histogram.reduce((sum, count, bin) => (bin >= Math.floor(threshold * bins) ? sum + count : sum), 0)
  const label = `Score distribution: ${whole(histogram.reduce((sum, count) => sum + count, 0))} rows${
    threshold === null ? '' : `, about ${whole(above)} at or above the threshold ${threshold}`
  }`
  return (
    <figure>
      <figcaption>
        Scores <span className="note">rows by score, logarithmic</span>
      </figcaption>
      <svg className="scores" viewBox={`0 0 ${bins * 10} 64`} preserveAspectRatio="none" role="img" aria-label={label}>
        {histogram.map((count, bin) => {
          const height = count === 0 ? 0 : Math.max(2, (60 * Math.log1p(count)) / top)
          const isPositive = threshold !== null && (bin + 0.5) / bins >= threshold
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place
            <rect key={bin} className={isPositive ? 'positive' : ''} x={bin * 10 + 1} y={64 - height} width={8} height={height}>
              <title>{`${(bin / bins).toFixed(2)}–${((bin + 1) / bins).toFixed(2)}: ${whole(count)} rows`}</title>
            </rect>
          )
        })}
        {threshold !== null && <line x1={threshold * bins * 10} x2={threshold * bins * 10} y1={0} y2={64} />}
      </svg>
      <div className="scale" aria-hidden="true">
        <span>0</span>
        <span>0.25</span>
        <span>0.5</span>
        <span>0.75</span>
        <span>1</span>
      </div>
    </figure>
  )
}

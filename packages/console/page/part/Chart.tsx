import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'

interface Line {
  readonly label: string
  /** Name of a CSS variable. */
  readonly colour: string
  readonly filled?: boolean
}

interface ChartProps {
  /** What the chart shows, for those who cannot see it. */
  readonly label: string
  readonly lines: readonly Line[]
  /** Seconds of the epoch. */
  readonly times: readonly number[]
  /** One list per line; null where there is no value. */
  readonly values: readonly (readonly (number | null)[])[]
  readonly height: number
  readonly format: (value: number) => string
  /** The least span of the vertical axis. */
  readonly atLeast?: number
  /** CSS variable that colours what lies between the first line and the second. */
  readonly between?: string
}

const AXIS_WIDTH = 52
const FONT = '11px system-ui, sans-serif'

/** Lines over time. Redrawn for other colours when the colour scheme changes. */
export function Chart({ label, lines, times, values, height, format, atLeast = 1, between }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const scheme = useColourScheme()
  const shape = JSON.stringify([lines, height, atLeast, scheme])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for the lines, and values come by the effect below
  useEffect(() => {
    const element = place.current as HTMLDivElement
    const made = new uPlot(
      optionsOf({ lines, height, format, atLeast, between, width: element.clientWidth, element }),
      dataOf(times, values),
      element,
    )
    plot.current = made
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [shape])
  useEffect(() => plot.current?.setData(dataOf(times, values)), [times, values])
  return <div ref={place} className="chart" role="img" aria-label={label} style={{ height }} />
}

function dataOf(times: readonly number[], values: ChartProps['values']): uPlot.AlignedData {
  return [[...times], ...values.map((one) => [...one])]
}

interface Shape extends Pick<ChartProps, 'lines' | 'height' | 'format' | 'between'> {
  readonly atLeast: number
  readonly width: number
  readonly element: HTMLElement
}

function optionsOf({ lines, height, format, atLeast, between, width, element }: Shape): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const shade = (name: string) => `color-mix(in srgb, ${colour(name)} 22%, transparent)`
  const axis = { stroke: colour('--quiet'), font: FONT, grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false } }
  return {
    width: Math.max(width, 100),
    height,
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: false, y: false }, y: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    padding: [8, 6, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(atLeast, (max ?? 0) * 1.1)] } },
    bands: between === undefined ? [] : [{ series: [1, 2], fill: shade(between) }],
    axes: [
      { ...axis, size: 24, gap: 4, space: 70, values: (_plot, ticks) => ticks.map(clock) },
      { ...axis, size: AXIS_WIDTH, gap: 6, space: 28, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
        fill: line.filled === true ? shade(line.colour) : undefined,
      })),
    ],
  }
}

function clock(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString()
  return seconds % 60 === 0 ? text.slice(11, 16) : text.slice(11, 19)
}

function useColourScheme(): string {
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const change = () => setDark(query.matches)
    query.addEventListener('change', change)
    return () => query.removeEventListener('change', change)
  }, [])
  return dark ? 'dark' : 'light'
}

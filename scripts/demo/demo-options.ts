import { parseArgs } from 'node:util'

/** What `npm run demo` was asked for. */
export interface DemoOptions {
  /** Prints one document on standard output, and ends. */
  readonly check: boolean
  /** Computes the views on Flink, over Kafka, with servers of the demo's own. */
  readonly scaled: boolean
  readonly seed: number
  /** Strength of the live attacks: 1 is plain, towards 0 they vanish among visitors. */
  readonly intensity: number
  /** Days of history. */
  readonly days: number
  /** Simulated minutes of the live part. */
  readonly minutes: number
  /** Keeps the folder after a check. */
  readonly keep: boolean
  readonly port: number
}

/** An option that the demo cannot take; its message is for the user. */
export class OptionError extends Error {}

const DAYS_MAX = 90
const MINUTES_MIN = 20
const MINUTES_MAX = 600
const PORT_MAX = 65_535

/** Reads the command line; throws an `OptionError` that says what was asked and what would do. */
export function demoOptions(args: readonly string[]): DemoOptions {
  const values = parsed(args)
  const wholeNumber = (name: 'seed' | 'days' | 'minutes' | 'port', from: number, to: number): number => {
    const value = Number(values[name])
    if (/^\d+$/.test(values[name]) && value >= from && value <= to) return value
    throw new OptionError(`--${name} is \`${values[name]}\`; it must be a whole number from ${from} to ${to}.`)
  }
  const intensity = Number(values.intensity)
  if (!(intensity > 0 && intensity <= 10) || values.intensity.trim() === '') {
    throw new OptionError(`--intensity is \`${values.intensity}\`; it must be a number above 0, at most 10.`)
  }
  return {
    check: values.check,
    scaled: values.scaled,
    keep: values.keep,
    intensity,
    seed: wholeNumber('seed', 0, 2 ** 31 - 1),
    days: wholeNumber('days', 1, DAYS_MAX),
    minutes: wholeNumber('minutes', MINUTES_MIN, MINUTES_MAX),
    port: wholeNumber('port', 1, PORT_MAX),
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        check: { type: 'boolean', default: false },
        scaled: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        intensity: { type: 'string', default: '1' },
        days: { type: 'string', default: '14' },
        minutes: { type: 'string', default: '70' },
        port: { type: 'string', default: '4600' },
      },
    }).values
  } catch (error) {
    throw new OptionError((error as Error).message)
  }
}

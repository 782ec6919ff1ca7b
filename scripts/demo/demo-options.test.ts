import { describe, expect, it } from 'vitest'
import { demoOptions, OptionError } from './demo-options.ts'

describe('the options of the demo', () => {
  it('take numbers in every form that the command line has', () => {
    expect(
      demoOptions(['--check', '--seed', '7', '--intensity=0.3', '--days', '3', '--minutes', '30', '--port', '4700', '--keep', '--scaled']),
    ).toEqual({
      check: true,
      scaled: true,
      keep: true,
      seed: 7,
      intensity: 0.3,
      days: 3,
      minutes: 30,
      port: 4700,
    })
    expect(demoOptions([])).toMatchObject({ check: false, scaled: false, seed: 1, intensity: 1, port: 4600, keep: false })
  })

  it.each([
    ['--seed', '1.5'],
    ['--seed', '-1'],
    ['--intensity', '0'],
    ['--intensity', ''],
    ['--days', 'many'],
    ['--days', '0'],
    ['--port', '70000'],
    ['--minutes', '5'],
  ])('refuse %s %s with what would do', (name, value) => {
    expect(() => demoOptions([`${name}=${value}`])).toThrow(OptionError)
    expect(() => demoOptions([`${name}=${value}`])).toThrow(/must be a (whole )?number/)
  })

  it('refuse what they do not know', () => {
    expect(() => demoOptions(['--seeds', '3'])).toThrow(OptionError)
  })
})

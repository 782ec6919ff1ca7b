import type { Value } from '@millrace/core'
import bowser from 'bowser'
import { isbot } from 'isbot'

/** Longer ones are recognised by their beginning. */
const LENGTH_MAX = 1_024

/** Browser and its version, operating system, kind of device, and whether it is a program that crawls; null where it does not say. */
export function userAgentParts(text: string): readonly Value[] {
  const agent = text.slice(0, LENGTH_MAX)
  if (agent === '') return [null, null, null, null, false]
  const { browser, os, platform } = bowser.parse(agent)
  const orNull = (part: string | undefined): string | null => (part === undefined || part === '' ? null : part)
  return [orNull(browser.name), orNull(browser.version), orNull(os.name), orNull(platform.type), platform.type === 'bot' || isbot(agent)]
}

import type { AssetChange } from './definition-change.ts'

/** What a change means, in a line for each stream and view. */
export function changeLines(assets: Readonly<Record<string, AssetChange>>): readonly string[] {
  return Object.entries(assets).flatMap(([name, change]) => linesOf(name, change))
}

function linesOf(name: string, change: AssetChange): readonly string[] {
  switch (change.state) {
    case 'added':
      return [`${name} is new: it begins with what is taken in from now on`]
    case 'removed':
      return [`${name} is gone: its state is forgotten, its table stays`]
    case 'refused':
      return change.reasons.map((reason) => `${name} cannot go on: it ${reason}`)
    case 'changed':
      return [changedLine(name, change)]
  }
}

function changedLine(name: string, { added, removed, complete_from: from }: AssetChange): string {
  const parts = [
    ...(added.length === 0 ? [] : [`further columns ${added.join(', ')}`]),
    ...(removed.length === 0 ? [] : [`no more ${removed.join(', ')}`]),
  ]
  const what = parts.length === 0 ? 'as it was' : parts.join(', ')
  const partial = from === null ? '' : `; what is new counts from now on, and is complete in windows that begin at ${from} or later`
  return `${name} goes on with ${what}${partial}`
}

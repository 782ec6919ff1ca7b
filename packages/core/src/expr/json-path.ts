/** A step into a JSON value: a member's name, or a place in a list from 0. */
export type JsonStep = string | number

const STEP = /\.([^.[\]"'\\\s*]+)|\[([0-9]{1,9})\]/y

/** The steps of a path of `$`, `.name` and `[n]`, or undefined where the text is none. */
export function parseJsonPath(path: string): readonly JsonStep[] | undefined {
  if (!path.startsWith('$')) return undefined
  const steps: JsonStep[] = []
  STEP.lastIndex = 1
  while (STEP.lastIndex < path.length) {
    const found = STEP.exec(path)
    if (found === null) return undefined
    steps.push(found[1] ?? Number(found[2]))
  }
  return steps
}

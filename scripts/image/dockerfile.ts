import { userError } from '@millrace/core'

export interface Instruction {
  /** In capitals. */
  readonly name: string
  /** Everything after the name, with continued lines joined. */
  readonly text: string
}

export interface Stage {
  readonly name: string
  /** An image, or the stage before that it builds on. */
  readonly base: string
  readonly instructions: readonly Instruction[]
}

/** A COPY without wildcards: `from` is a stage, or undefined for the context. */
export interface Copy {
  readonly from: string | undefined
  readonly sources: readonly string[]
  readonly target: string
}

/** Reads a Dockerfile whose stages are all named. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = []
  const joined = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ')
  for (const line of joined.split('\n').filter((one) => one.trim() !== '')) {
    const [, name, rest] = /^\s*(\w+)\s+(.*)$/.exec(line) as RegExpExecArray
    if (name.toUpperCase() !== 'FROM') {
      stages.at(-1)?.instructions.push({ name: name.toUpperCase(), text: rest.trim() })
      continue
    }
    const named = /^(\S+)\s+AS\s+(\S+)$/i.exec(rest.trim())
    if (named === null)
      throw userError('image/unnamed-stage', `A stage has no name: FROM ${rest}.`, { asked: rest, do: 'Write FROM … AS name.' })
    stages.push({ name: named[2], base: named[1], instructions: [] })
  }
  return stages
}

/** The stages that make up an image, from its outer base on. */
export function stagesOf(stages: readonly Stage[], target: string): readonly Stage[] {
  const stage = stages.find((one) => one.name === target)
  return stage === undefined ? [] : [...stagesOf(stages, stage.base), stage]
}

export function copyOf({ text }: Instruction): Copy {
  const words = text.split(/\s+/)
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter((word) => !word.startsWith('--'))
  return { from, sources: paths.slice(0, -1), target: paths[paths.length - 1] }
}

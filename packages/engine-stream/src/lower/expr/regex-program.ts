import type { Regex, RegexNode } from '@millrace/core'
import { OP, type RegexProgram } from '../../operator/kernel/regex.ts'

/** The pattern as instructions of the stream engine's matcher; group 0 is all of it. */
export function regexProgram({ root, groups }: Regex): RegexProgram {
  const writer = new ProgramWriter(root)
  writer.saved(0, () => writer.write(root))
  writer.add(OP.MATCH)
  return { ops: writer.ops, a: writer.a, b: writer.b, sets: writer.sets, groups }
}

class ProgramWriter {
  readonly ops: number[] = []
  readonly a: number[] = []
  readonly b: number[] = []
  readonly sets: (readonly number[])[] = []
  readonly #setOf = new Map<string, number>()
  readonly #groupOf: ReadonlyMap<RegexNode, number>

  constructor(root: RegexNode) {
    this.#groupOf = numberedGroups(root)
  }

  add(op: number, a = 0, b = 0): number {
    this.a.push(a)
    this.b.push(b)
    return this.ops.push(op) - 1
  }

  saved(group: number, write: () => void): void {
    this.add(OP.SAVE, group * 2)
    write()
    this.add(OP.SAVE, group * 2 + 1)
  }

  write(node: RegexNode): void {
    switch (node.kind) {
      case 'set':
        this.add(OP.SET, this.#set(node.ranges.flat()))
        break
      case 'start':
        this.add(OP.START)
        break
      case 'end':
        this.add(OP.END)
        break
      case 'sequence':
        for (const part of node.parts) this.write(part)
        break
      case 'choice':
        this.#choice(node.parts)
        break
      case 'group':
        if (node.captures) this.saved(this.#groupOf.get(node) as number, () => this.write(node.of))
        else this.write(node.of)
        break
      case 'repeat':
        this.#repeat(node)
        break
    }
  }

  #set(ranges: readonly number[]): number {
    const key = ranges.join()
    const known = this.#setOf.get(key)
    if (known !== undefined) return known
    this.#setOf.set(key, this.sets.length)
    return this.sets.push(ranges) - 1
  }

  #choice(parts: readonly RegexNode[]): void {
    const ends: number[] = []
    for (const [i, part] of parts.entries()) {
      if (i === parts.length - 1) this.write(part)
      else {
        const split = this.#split(false)
        this.write(part)
        ends.push(this.add(OP.JUMP))
        this.#otherwise(split)
      }
    }
    for (const end of ends) this.a[end] = this.ops.length
  }

  #repeat({ of, least, most, lazy }: RegexNode & { readonly kind: 'repeat' }): void {
    for (let turn = 0; turn < least; turn++) this.write(of)
    if (most === Number.POSITIVE_INFINITY) {
      const split = this.#split(lazy)
      this.write(of)
      this.add(OP.JUMP, split)
      this.#otherwise(split)
      return
    }
    const splits: number[] = []
    for (let turn = least; turn < most; turn++) {
      splits.push(this.#split(lazy))
      this.write(of)
    }
    for (const split of splits) this.#otherwise(split)
  }

  /** A split that goes on at the next instruction, and after it, or where lazy before it, at a place that is still to be said. */
  #split(lazy: boolean): number {
    const at = this.add(OP.SPLIT)
    if (lazy) this.b[at] = at + 1
    else this.a[at] = at + 1
    return at
  }

  /** Says that the split's other way leads here. */
  #otherwise(split: number): void {
    if (this.a[split] === split + 1) this.b[split] = this.ops.length
    else this.a[split] = this.ops.length
  }
}

/** Groups are numbered from 1 in the order of their brackets. */
function numberedGroups(root: RegexNode): ReadonlyMap<RegexNode, number> {
  const numbers = new Map<RegexNode, number>()
  const visit = (node: RegexNode): void => {
    if (node.kind === 'group' && node.captures) numbers.set(node, numbers.size + 1)
    if (node.kind === 'sequence' || node.kind === 'choice') node.parts.forEach(visit)
    if (node.kind === 'group' || node.kind === 'repeat') visit(node.of)
  }
  visit(root)
  return numbers
}

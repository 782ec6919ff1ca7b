import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { digestPrefixes } from '@millrace/connect'
import { listInputs, type Store, type StoredInput } from '@millrace/store'

export interface InputQuery {
  readonly store: Store
  readonly env: string
  readonly project: string
  readonly path: string
}

/** What is known of a file: an input that it continues, or one of its name that it no longer continues, or nothing. */
export type FoundInput =
  | { readonly kind: 'known'; readonly input: StoredInput }
  | { readonly kind: 'changed'; readonly input: StoredInput }
  | { readonly kind: 'new' }

/** What a file must begin with to be this input: all that was read of it, the last line without newline included. */
export function knownPrefix(input: StoredInput): { readonly bytes: number; readonly sha256: string } {
  const { totalBytes, totalSha256, consumedBytes, prefixSha256 } = input
  return totalBytes === null || totalSha256 === null
    ? { bytes: consumedBytes, sha256: prefixSha256 }
    : { bytes: totalBytes, sha256: totalSha256 }
}

/** Finds the input whose known bytes the file begins with, whatever its name; among several the longest. */
export async function findInput(query: InputQuery): Promise<FoundInput> {
  const inputs = await listInputs(query.store.db, query)
  const byName = inputs.find((input) => input.names.includes(absolute(query.path)))
  const candidates = inputs
    .map((input) => ({ input, known: knownPrefix(input) }))
    .filter(({ known }) => known.bytes > 0)
    .sort((a, b) => b.known.bytes - a.known.bytes)
  const digests =
    candidates.length === 0
      ? []
      : await digestPrefixes(
          query.path,
          candidates.map(({ known }) => known.bytes),
        )
  const found = candidates.find(({ known }) => digests.some(({ bytes, sha256 }) => bytes === known.bytes && sha256 === known.sha256))
  if (found !== undefined) return { kind: 'known', input: found.input }
  if (byName === undefined) return { kind: 'new' }
  return knownPrefix(byName).bytes === 0 ? { kind: 'known', input: byName } : { kind: 'changed', input: byName }
}

/** The input last run under this name, without looking into a file. */
export async function findInputByName(query: InputQuery): Promise<StoredInput | undefined> {
  const inputs = await listInputs(query.store.db, query)
  return inputs.find((input) => input.names.includes(absolute(query.path)))
}

export function absolute(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

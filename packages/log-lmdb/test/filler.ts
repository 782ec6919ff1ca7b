/** An entry when only its size matters. */
export function filler(size: number): { bytes: Uint8Array; span: number } {
  return { bytes: new Uint8Array(size).fill(7), span: 1 }
}

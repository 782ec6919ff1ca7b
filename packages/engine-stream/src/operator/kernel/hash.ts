import { hash } from 'node:crypto'

/** In hex, of the text's UTF-8 bytes. */
export function md5(text: string): string {
  return hash('md5', text)
}

export function sha256(text: string): string {
  return hash('sha256', text)
}

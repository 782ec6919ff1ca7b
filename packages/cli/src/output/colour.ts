import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

function paint(style: Style): (text: string) => string {
  return (text) => styleText(style, text, { stream: process.stderr })
}

/** Colours that turn themselves off where the terminal has none. */
export const colour = {
  red: paint('red'),
  green: paint('green'),
  yellow: paint('yellow'),
  cyan: paint('cyan'),
  bold: paint('bold'),
  dim: paint('dim'),
}

/** The seed of a property test: of MILLRACE_SEED, or a new one; it is printed. */
export function propertySeed(name: string): number {
  const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`${name}: seed ${seed}`)
  return seed
}

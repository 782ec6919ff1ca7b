/** `doctor --state` without a folder means `doctor --state-view`. */
export function stateViewArguments(argv: readonly string[]): readonly string[] {
  if (!argv.includes('doctor')) return argv
  return argv.map((argument, i) =>
    argument === '--state' && (argv[i + 1] === undefined || argv[i + 1].startsWith('--')) ? '--state-view' : argument,
  )
}

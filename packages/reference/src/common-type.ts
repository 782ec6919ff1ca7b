const WIDTH: readonly string[] = ['int32', 'int64', 'double']

/** The wider of two numeric types (int32 < int64 < double); other types have only themselves in common. */
export function commonType(a: string, b: string): string {
  return WIDTH.indexOf(a) >= WIDTH.indexOf(b) ? a : b
}

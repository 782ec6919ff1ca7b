const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

export interface Platform {
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
}

/** The platform that a prebuilt package's name ends with, e.g. `@oxc-parser/binding-linux-arm64-musl`, in the words of package.json. */
export function platformOf(name: string): Platform {
  const words = name.slice(name.indexOf('/') + 1).split('-')
  const system = SYSTEMS.find((one) => words.includes(one))
  const processor = PROCESSORS.find((one) => words.includes(one))
  const musl = words.some((word) => word.startsWith('musl'))
  const gnu = words.some((word) => word.startsWith('gnu'))
  return {
    ...(system ? { os: [system] } : {}),
    ...(processor ? { cpu: [processor] } : {}),
    ...(system === 'linux' && (musl || gnu) ? { libc: [musl ? 'musl' : 'glibc'] } : {}),
  }
}

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { freshFolder } from './state-folder.ts'

/** A file system of its own in memory, of a size that can be changed. */
export class SmallDisk {
  readonly #base: string
  /** Its root folder. */
  readonly path: string

  private constructor(base: string) {
    this.#base = base
    this.path = join(base, 'disk')
  }

  /** Undefined where this user may not mount. */
  static mount(megabytes: number): SmallDisk | undefined {
    const disk = new SmallDisk(freshFolder('millrace-disk'))
    mkdirSync(disk.path)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', disk.path]).status === 0) return disk
    rmSync(disk.#base, { recursive: true })
    return undefined
  }

  resize(megabytes: number): void {
    spawnSync('mount', ['-o', `remount,size=${megabytes}m`, this.path])
  }

  remove(): void {
    spawnSync('umount', ['-l', this.path])
    rmSync(this.#base, { recursive: true, force: true })
  }
}

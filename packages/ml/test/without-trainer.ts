// Loaded before a program, refuses to load any of the training code: as on a machine that only serves.
import { registerHooks } from 'node:module'

const ABSENT = /\/packages\/ml\/src\/(index\.ts|tree\/|train\/|explain\/|set\/|judge\/|registry\/)/

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    if (ABSENT.test(found.url)) throw new RangeError(`${found.url} is not on this machine`)
    return found
  },
})

export { compileAsset, sourceOf, streamOf } from './compile-asset.ts'

export { compileAsset, sourceOf, streamOf, streamsOf } from './compile-asset.ts'

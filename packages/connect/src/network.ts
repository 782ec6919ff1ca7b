export { inNetwork } from './derive/in-network.ts'

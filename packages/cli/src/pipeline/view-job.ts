import { type Asset, compileAsset, type FeatureView, type Project, type StreamAsset, streamsOf, type ViewAsset } from '@millrace/core'
import { lowerPlan, type StreamJob } from '@millrace/engine-stream'
import type { LoadedProject } from '../project/load-project.ts'

/** What the stream engine computes into a table. */
export type ComputedAsset = FeatureView | ViewAsset

/** The stream whose workers compute a view: of several the first with a key, which has partitions to share. */
export function mainStream(asset: Asset): StreamAsset {
  const streams = streamsOf(asset)
  return streams.find(({ contract }) => contract.key.length > 0) ?? streams[0]
}

/** The views that a stream's workers compute. */
export function viewsOf(project: Project, stream: StreamAsset): readonly ComputedAsset[] {
  return project.computed.filter((view) => mainStream(view) === stream)
}

/** The project's folder where a job's views call functions, which every thread loads for itself. */
export function functionsFrom({ assets }: StreamJob, directory: string): { readonly functionsFrom?: string } {
  return assets.some(({ plan }) => plan.dead.length > 0) ? { functionsFrom: directory } : {}
}

/** The views of a stream's workers with everything that they read. */
export function viewJob({ project, partitions, stateBytes }: LoadedProject, stream: StreamAsset): StreamJob {
  const views = viewsOf(project, stream)
  const topics = new Set(views.flatMap(streamsOf).map(({ name }) => name))
  return {
    topic: stream.name,
    topics: Object.fromEntries([...topics].map((topic) => [topic, topic])),
    assets: views.map((view) => ({ name: view.name, plan: lowerPlan(compileAsset(view)) })),
    ...(stateBytes === undefined ? {} : { stateBytes: stateBytes / partitions }),
  }
}

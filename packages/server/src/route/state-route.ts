import type { App, AppContext } from '../http/app.ts'
import { ref } from '../schema/scalar.ts'
import { WatchState } from '../schema/watch-state.ts'

export function addStateRoute(app: App, { feed }: AppContext): void {
  app.get('/api/state', { schema: { summary: 'What the session holds now', response: { 200: ref(WatchState) } } }, async () => feed.state())
}

import { createRoot } from 'react-dom/client'
import { StateFeed } from './feed/state-feed.ts'
import { Watch } from './part/Watch.tsx'
import 'uplot/dist/uPlot.min.css'
import './style.css'

const feed = new StateFeed('api/events')
feed.open()
createRoot(document.getElementById('page') as HTMLElement).render(<Watch feed={feed} />)

import type { CalendarPlan, WindowGrid } from '../physical-plan.ts'

const DAY_MS = 86_400_000
/** Days between the Monday before it and 1970-01-01. */
const MONDAY = 3

/** The tile that holds a time. */
export function tileIndex(grid: WindowGrid, time: number): number {
  return grid.calendar === null ? Math.floor((time - grid.offsetMs) / grid.stepMs) : calendarIndex(grid.calendar, time)
}

/** Where a tile begins, and the one before it ends. */
export function tileStart(grid: WindowGrid, index: number): number {
  return grid.calendar === null ? grid.offsetMs + index * grid.stepMs : calendarStart(grid.calendar, index)
}

function calendarIndex({ unit, from, offsetMs }: CalendarPlan, time: number): number {
  if (!Number.isFinite(time)) return time
  let [low, high] = [0, from.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (from[middle] <= time) low = middle
    else high = middle
  }
  const day = Math.floor((time + offsetMs[low]) / DAY_MS)
  if (unit === 'day') return day
  if (unit === 'week') return Math.floor((day + MONDAY) / 7)
  const date = new Date(day * DAY_MS)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

function calendarStart(calendar: CalendarPlan, index: number): number {
  return Number.isFinite(index) ? dayStart(calendar, firstDay(calendar.unit, index) * DAY_MS) : index
}

function firstDay(unit: CalendarPlan['unit'], index: number): number {
  if (unit === 'day') return index
  if (unit === 'week') return index * 7 - MONDAY
  const date = new Date(0)
  date.setUTCFullYear(Math.floor(index / 12), index - Math.floor(index / 12) * 12, 1)
  return date.getTime() / DAY_MS
}

/** The first instant at which clocks show a time or a later one. */
function dayStart({ from, offsetMs }: CalendarPlan, local: number): number {
  let [low, high] = [0, from.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (from[middle + 1] + offsetMs[middle] > local) high = middle
    else low = middle + 1
  }
  return low === 0 ? local - offsetMs[0] : Math.max(from[low], local - offsetMs[low])
}

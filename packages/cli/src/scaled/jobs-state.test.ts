import { describe, expect, it } from 'vitest'
import { adoptedJobs, type Cut, endedJobs, forgottenJobs, hashOf, type JobsState, roleOf, switchedJobs, WHOLE } from './jobs-state.ts'

const cut = (time: number): Cut => ({ time, arrivals: { orders: time } })
const asked = (hash: string, ...views: readonly string[]) => ({ hash, views })
const adopt = (state: JobsState | undefined, hash: string, views: readonly string[] = ['hits'], at = 0): JobsState =>
  adoptedJobs(state, asked(hash, ...views), () => cut(at))
const over = (state: JobsState, at: number, views: readonly string[] = ['hits']): JobsState => switchedJobs(state, views, () => cut(at))

describe('the jobs of an environment', () => {
  const first = adopt(undefined, 'aa')

  it('begin with one that gives everything, and stay when nothing has changed', () => {
    expect(first).toMatchObject({ current: 'aa.1', next: null, ending: null, leaving: [] })
    expect(first.takes).toEqual({ 'aa.1': { hits: WHOLE } })
    expect(adopt(first, 'aa')).toBe(first)
  })

  it('have a changed one beside it until that takes over, each with its part', () => {
    const changing = adopt(first, 'bb')
    expect(changing).toMatchObject({ current: 'aa.1', next: 'bb.2' })
    expect(changing.takes['bb.2']).toEqual({})
    expect(adopt(changing, 'bb')).toBe(changing)
    const changed = over(changing, 60)
    expect(changed).toMatchObject({ current: 'bb.2', next: null, ending: 'aa.1', stopping: false })
    expect(changed.takes).toEqual({ 'aa.1': { hits: { from: null, until: cut(60) } }, 'bb.2': { hits: { from: cut(60), until: null } } })
    const ended = endedJobs({ ...changed, stopping: true })
    expect(ended).toMatchObject({ current: 'bb.2', ending: null, stopping: false, leaving: ['aa.1'] })
    expect(Object.keys(ended.takes)).toEqual(['bb.2'])
    expect(forgottenJobs(ended, 'aa.1').leaving).toEqual([])
  })

  it('give up a changed one when the definition goes back before it took over', () => {
    const back = adopt(adopt(first, 'bb'), 'aa')
    expect(back).toMatchObject({ current: 'aa.1', next: null, leaving: ['bb.2'] })
    expect(back.takes).toEqual(first.takes)
  })

  it('give up a changed one for a further one', () => {
    const further = adopt(adopt(first, 'bb'), 'cc')
    expect(further).toMatchObject({ current: 'aa.1', next: 'cc.3', leaving: ['bb.2'] })
  })

  it('have a third one when the definition goes back behind the switch, while the first one still ends', () => {
    const back = adopt(over(adopt(first, 'bb'), 60), 'aa')
    expect(back).toMatchObject({ current: 'bb.2', next: 'aa.3', ending: 'aa.1' })
    expect([back.current, back.next, back.ending].map((id) => roleOf(back, id ?? ''))).toEqual(['current', 'next', 'ending'])
    expect(hashOf(back.next ?? '')).toBe('aa')
  })

  it('give a view that is new from the change on, whenever the others go over', () => {
    const changing = adopt(first, 'bb', ['hits', 'errors'], 30)
    expect(changing.takes['bb.2']).toEqual({ errors: { from: cut(30), until: null } })
    const changed = over(changing, 60, ['hits', 'errors'])
    expect(changed.takes['bb.2']).toEqual({ errors: { from: cut(30), until: null }, hits: { from: cut(60), until: null } })
    expect(changed.takes['aa.1']).toEqual({ hits: { from: null, until: cut(60) } })
  })

  it('give a view that is gone no more', () => {
    const changed = over(adopt(adopt(undefined, 'aa', ['hits', 'errors']), 'bb'), 60)
    expect(changed.takes['aa.1']).toEqual({ hits: { from: null, until: cut(60) } })
  })
})

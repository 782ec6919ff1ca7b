/** The candidate nearest to `asked` by edit distance, or undefined when none is near (more than a third of its letters differ). */
export function closest(asked: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(asked.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(asked.slice(0, 100), candidate.slice(0, 100))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, row[j] + 1, next[j - 1] + 1))
    }
    row = next
  }
  return row[b.length]
}

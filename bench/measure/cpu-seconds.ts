/** CPU of this process and its threads since `process.cpuUsage()` gave `before`, user and system, seconds. */
export function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

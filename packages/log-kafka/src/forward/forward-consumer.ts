/** The consumer under which the forwarder's progress stands in the embedded log: retention keeps what is not on Kafka yet. */
export function forwardConsumer(name: string): string {
  return `forward:${name}`
}

export interface ReadyView {
  /** Why the session cannot be relied on yet, a sentence each; empty when it can (the first commit is durable). */
  reasons(): readonly string[]
}

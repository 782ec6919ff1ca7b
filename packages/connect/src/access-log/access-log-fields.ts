import type { Field } from '@millrace/columnar'

/** The columns that the access-log decoder gives, in this order. */
export const ACCESS_LOG_FIELDS: readonly Field[] = [
  { name: 'event_time', type: 'timestamp', nullable: false },
  { name: 'ip', type: 'string', nullable: false },
  { name: 'ident', type: 'string', nullable: false },
  { name: 'remote_user', type: 'string', nullable: false },
  { name: 'request', type: 'string', nullable: false },
  { name: 'http_method', type: 'string', nullable: true },
  { name: 'path', type: 'string', nullable: true },
  { name: 'query', type: 'string', nullable: true },
  { name: 'protocol', type: 'string', nullable: true },
  { name: 'status', type: 'int32', nullable: false },
  { name: 'response_bytes', type: 'int64', nullable: true },
  { name: 'referer', type: 'string', nullable: true },
  { name: 'user_agent', type: 'string', nullable: true },
]

/** Least and greatest status of the contract. */
export const STATUS_MIN = 100
export const STATUS_MAX = 599

export { type AlertRecord, deleteAlerts, listAlerts, recordAlerts, recordAlertsAndEnqueue } from './alert-store.ts'
export { artifactDir, loadArtifact, saveArtifact } from './artifact.ts'
export {
  type Backfill,
  type BackfillRequest,
  type BackfillSlice,
  beginSlice,
  endSlice,
  finishBackfill,
  listBackfills,
  lockBackfills,
  openBackfill,
  SLICES_MAX,
  type SliceOutcome,
} from './backfill-store.ts'
export {
  type DeployedVersion,
  type Deployment,
  type DeployRequest,
  deploy,
  deployedVersion,
  deployedVersions,
  deploymentHistory,
  rollback,
} from './deployment-store.ts'
export { deleteInput, type InputRecord, listInputs, type StoredInput, saveInput } from './input-store.ts'
export { jsonText, parseJson } from './json.ts'
export {
  addModelVersion,
  listModelVersions,
  type ModelName,
  type ModelPlace,
  type ModelVersion,
  modelVersion,
  type NewModelVersion,
} from './model-store.ts'
export {
  type ClaimedMessage,
  claimDue,
  type DestinationFigures,
  enqueue,
  listOutbox,
  type OutboxEntry,
  type OutboxMessage,
  outboxFigures,
  pruneOutbox,
  resendFailed,
  type Settlement,
  settle,
} from './outbox-store.ts'
export type { ServerStatus } from './postgres/membership.ts'
export type { GateRecord, JsonValue, StoreSchema } from './schema.ts'
export { openStore, type Store, type StoreOptions, servicesStatus, startServices, stopServices } from './store.ts'
export { acquireWriterLease, type WriterLease } from './writer-lease.ts'

import type { Alert } from '../schema/alert.ts'

/** Which alerts: of one alert asset, with `window_end` in [from, to) (epoch ms). */
export interface AlertQuery {
  readonly asset: string | undefined
  readonly from: number | undefined
  readonly to: number | undefined
  readonly alertsMax: number
}

export interface AlertView {
  /** Alerts, latest window first, at most `alertsMax`. */
  alerts(query: AlertQuery): Promise<readonly Alert[]>
  /** The runbook's text of an alert asset, when it is a file of the project. */
  runbook(asset: string): Promise<string | undefined>
}

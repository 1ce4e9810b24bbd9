/** Mail about state changes. Keywords in docstrings are keepalived's. */
import { type Micros, seconds } from '../../time.ts';

export interface MailConfig {
  /** `notification_email` [none: nothing is sent]. */
  readonly to: readonly string[];
  /** `notification_email_from` [keepalived@ and the host's name]. */
  readonly from: string | undefined;
  /** `smtp_server HOST [PORT]` [none: nothing is sent]; the port's default is 25. */
  readonly server: { readonly host: string; readonly port: number } | undefined;
  /** `smtp_helo_name` [the host's name]. */
  readonly heloName: string | undefined;
  /** `smtp_connect_timeout` [30 s]. */
  readonly connectTimeout: Micros;
  /** `no_email_faults` turns it off [true]: mails about FAULT. */
  readonly faults: boolean;
  /** `no_checker_emails` turns it off [true]: mails also about a checker that leaves its server as it is. */
  readonly checkers: boolean;
  /** `smtp_alert_checker`, `smtp_alert` [undefined: real servers yes, virtual servers no]. */
  readonly alertCheckers: boolean | undefined;
}

export const MAIL_DEFAULTS: MailConfig = {
  to: [],
  from: undefined,
  server: undefined,
  heloName: undefined,
  connectTimeout: seconds(30),
  faults: true,
  checkers: true,
  alertCheckers: undefined,
};

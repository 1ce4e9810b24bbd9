/** Mail about state changes. Keywords in docstrings are keepalived's. */
import { seconds } from '../../time.ts';

export const MAIL_DEFAULTS = {
  /** `notification_email` [none: nothing is sent]. */
  to: [] as readonly string[],
  /** `notification_email_from` [keepalived@ and the host's name]. */
  from: undefined as string | undefined,
  /** `smtp_server HOST [PORT]` [none: nothing is sent]; the port's default is 25. */
  server: undefined as { readonly host: string; readonly port: number } | undefined,
  /** `smtp_helo_name` [the host's name]. */
  heloName: undefined as string | undefined,
  /** `smtp_connect_timeout` [30 s]. */
  connectTimeout: seconds(30),
  /** `no_email_faults` turns it off [true]: mails about FAULT. */
  faults: true,
  /** `no_checker_emails` turns it off [true]: mails also about a checker that leaves its server as it is. */
  checkers: true,
  /** `smtp_alert_checker`, `smtp_alert` [undefined: real servers yes, virtual servers no]. */
  alertCheckers: undefined as boolean | undefined,
};
export type MailConfig = Readonly<typeof MAIL_DEFAULTS>;

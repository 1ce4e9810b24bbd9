/** The lines of `global_defs` about mail; only what is not the default. */

import { MAIL_DEFAULTS, type MailConfig } from '../core/config-mail.ts';
import { quoteWord } from './lexer.ts';
import { block, inSeconds } from './print-instance.ts';

export function printMail(mail: MailConfig): string[] {
  const { to, from, server, heloName, connectTimeout, faults, checkers, alertCheckers } = mail;
  return [
    ...(to.length === 0 ? [] : block('notification_email', to.map(quoteWord))),
    ...(from === undefined ? [] : [`notification_email_from ${quoteWord(from)}`]),
    ...(server === undefined ? [] : [`smtp_server ${quoteWord(server.host)} ${server.port}`]),
    ...(heloName === undefined ? [] : [`smtp_helo_name ${quoteWord(heloName)}`]),
    ...(connectTimeout === MAIL_DEFAULTS.connectTimeout
      ? []
      : [`smtp_connect_timeout ${inSeconds(connectTimeout)}`]),
    ...(faults ? [] : ['no_email_faults']),
    ...(checkers ? [] : ['no_checker_emails']),
    ...(alertCheckers === undefined ? [] : [`smtp_alert_checker ${alertCheckers ? 'on' : 'off'}`]),
  ];
}

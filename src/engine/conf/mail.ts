/** The keywords of `global_defs` about mail. */
import { seconds } from '../../time.ts';
import { MAIL_DEFAULTS, type MailConfig } from '../core/config-mail.ts';
import type { Findings } from './findings.ts';
import type { Token } from './lexer.ts';
import { isPrintable, optionalPort, readFlag, readSeconds, readWord } from './lvs-values.ts';
import type { Statement } from './tree.ts';
import { bool, required } from './values.ts';

const SMTP_PORT = 25;

export interface MailDraft {
  mail: { -readonly [K in keyof MailConfig]: MailConfig[K] };
  alert?: boolean | undefined;
  alertVrrp?: boolean | undefined;
  alertChecker?: boolean | undefined;
}

type Reader = (draft: MailDraft, statement: Statement, findings: Findings) => void;

const READERS: Readonly<Record<string, Reader>> = {
  notification_email: ({ mail }, { keyword, block }, findings) => {
    const words = (block ?? []).flatMap(({ keyword: first, values }) => [first, ...values]);
    if (words.length === 0) findings.warning(keyword, 'notification_email is empty');
    mail.to = [
      ...mail.to,
      ...words.filter((one) => isPlain(one, findings)).map(({ text }) => text),
    ];
  },
  notification_email_from: ({ mail }, statement, findings) => {
    mail.from = readWord(statement, findings) ?? mail.from;
  },
  smtp_server: ({ mail }, statement, findings) => {
    const host = required(statement, findings) && readWord(statement, findings);
    const [, second] = statement.values;
    const port = second === undefined ? SMTP_PORT : optionalPort(second, findings);
    // What is wrong is no server, even if there was one above.
    mail.server = host === undefined || !port ? undefined : { host, port };
    if (port === 0) findings.warning(statement.keyword, 'smtp_server needs a port from 1 to 65535');
  },
  smtp_helo_name: ({ mail }, statement, findings) => {
    mail.heloName = readWord(statement, findings) ?? mail.heloName;
  },
  smtp_connect_timeout: ({ mail }, statement, findings) => {
    const timeout = readSeconds(statement, findings);
    if (timeout === 0) findings.warning(statement.keyword, 'a timeout of 0 is none: 1 s is taken');
    mail.connectTimeout = timeout === 0 ? seconds(1) : (timeout ?? mail.connectTimeout);
  },
  no_email_faults: ({ mail }, statement, findings) => {
    mail.faults = !readFlag(statement, findings);
  },
  no_checker_emails: ({ mail }, statement, findings) => {
    mail.checkers = !(bool(statement, findings) ?? !mail.checkers);
  },
  smtp_alert: (draft, statement, findings) => {
    draft.alert = bool(statement, findings) ?? draft.alert;
  },
  smtp_alert_vrrp: (draft, statement, findings) => {
    draft.alertVrrp = bool(statement, findings) ?? draft.alertVrrp;
  },
  smtp_alert_checker: (draft, statement, findings) => {
    draft.alertChecker = bool(statement, findings) ?? draft.alertChecker;
  },
};

export const MAIL_KEYWORDS = Object.keys(READERS);

/** Whether the statement is one of these; reads it into `draft`. */
export function readMail(draft: MailDraft, statement: Statement, findings: Findings): boolean {
  const { text } = statement.keyword;
  const reader = Object.hasOwn(READERS, text) ? READERS[text] : undefined;
  reader?.(draft, statement, findings);
  return reader !== undefined;
}

export function newMailDraft(): MailDraft {
  return { mail: { ...MAIL_DEFAULTS } };
}

/** The special default comes before the general one. */
export function mailOf({ mail, alert, alertChecker }: MailDraft): MailConfig {
  return { ...mail, alertCheckers: alertChecker ?? alert };
}

/** Whether instances and groups mail unless they say otherwise. */
export function vrrpAlerts({ alert, alertVrrp }: MailDraft): boolean {
  return alertVrrp ?? alert ?? false;
}

/** It becomes part of a command and of a header line, and must not begin one of its own. */
function isPlain(token: Token, findings: Findings): boolean {
  if (isPrintable(token.text)) return true;
  findings.warning(token, 'a mail address has no control characters: it is ignored');
  return false;
}

/** The keywords of `global_defs` about mail. */
import type { Findings } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import type { Statement } from './conf-tree.ts';
import { bool, integerAt, timer } from './conf-values.ts';
import { MAIL_DEFAULTS, type MailConfig } from './config-mail.ts';

const SMTP_PORT = 25;

export interface MailDraft {
  mail: { -readonly [K in keyof MailConfig]: MailConfig[K] };
  alert?: boolean;
  alertVrrp?: boolean;
  alertChecker?: boolean;
}

type Reader = (draft: MailDraft, statement: Statement, findings: Findings) => void;

const READERS: Readonly<Record<string, Reader>> = {
  notification_email: ({ mail }, { block }, findings) => {
    const words = (block ?? []).flatMap(({ keyword, values }) => [keyword, ...values]);
    mail.to = [...mail.to, ...words.flatMap((word) => mailAddress(word, findings) ?? [])];
  },
  notification_email_from: ({ mail }, { keyword, values }, findings) => {
    mail.from = mailAddress(values[0] ?? keyword, findings) ?? mail.from;
  },
  smtp_server: ({ mail }, { keyword, values }, findings) => {
    const host = word(values[0], keyword, findings);
    const port =
      values[1] === undefined ? SMTP_PORT : integerAt(values[1], keyword, 1, 65_535, findings);
    if (host !== undefined && port !== undefined) mail.server = { host, port };
  },
  smtp_helo_name: ({ mail }, { keyword, values }, findings) => {
    mail.heloName = word(values[0], keyword, findings) ?? mail.heloName;
  },
  smtp_connect_timeout: ({ mail }, statement, findings) => {
    mail.connectTimeout = timer(statement, 0.001, 3_600, findings) ?? mail.connectTimeout;
  },
  no_email_faults: ({ mail }) => {
    mail.faults = false;
  },
  no_checker_emails: ({ mail }, statement, findings) => {
    mail.checkers = !bool(statement, findings);
  },
  smtp_alert: (draft, statement, findings) => {
    draft.alert = bool(statement, findings);
  },
  smtp_alert_vrrp: (draft, statement, findings) => {
    draft.alertVrrp = bool(statement, findings);
  },
  smtp_alert_checker: (draft, statement, findings) => {
    draft.alertChecker = bool(statement, findings);
  },
};

export const MAIL_KEYWORDS = Object.keys(READERS);

/** Whether the statement is one of these; reads it into `draft`. */
export function readMail(draft: MailDraft, statement: Statement, findings: Findings): boolean {
  const { keyword, block } = statement;
  const reader = Object.hasOwn(READERS, keyword.text) ? READERS[keyword.text] : undefined;
  if (reader === undefined) return false;
  const wantsBlock = keyword.text === 'notification_email';
  if (wantsBlock && block === undefined)
    findings.error(keyword, 'notification_email needs a block: notification_email { ... }');
  else if (!wantsBlock && block !== undefined)
    findings.error(keyword, `"${keyword.text}" takes no block`);
  else reader(draft, statement, findings);
  return true;
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

function mailAddress(token: Token, findings: Findings): string | undefined {
  // It becomes part of a command and of a header line.
  if (/^[^\s<>,;:"\\]+(@[^\s<>,;:"\\@]+)?$/.test(token.text)) return token.text;
  findings.error(token, `not a mail address: "${token.text}"`);
  return undefined;
}

function word(token: Token | undefined, keyword: Token, findings: Findings): string | undefined {
  if (token !== undefined && /^[^\s<>"']+$/.test(token.text)) return token.text;
  findings.error(token ?? keyword, `${keyword.text} takes a name or an address`);
  return undefined;
}

/** The keywords of `global_defs` about mail and SNMP. */
import { seconds } from '../../time.ts';
import {
  agentAddress,
  MAIL_DEFAULTS,
  type MailConfig,
  type SnmpConfig,
} from '../core/config-process.ts';
import { quoteWord } from '../text/lexer.ts';
import { isPrintable, optionalPort } from '../text/values.ts';
import { FLAG, FLAG_REPORTED, listed, ON_OFF, WHOLE_SECONDS, WORD } from './codec.ts';
import { blockOf, type Codec, field, input, type Mutable, optional, type Rows } from './keyword.ts';

const SMTP_PORT = 25;

/** `alertCheckers` is that of `smtp_alert_checker` alone. */
export type MailDraft = Mutable<MailConfig> & {
  alert?: boolean;
  alertVrrp?: boolean;
};

// biome-ignore format: a table, one keyword a line
export const MAIL: Rows<MailDraft, MailConfig> = {
  notification_email: {
    shape: 'lines',
    type: 'mail addresses',
    doc: 'Recipients of mails; several blocks add up.',
    read: (mail, statement) => {
      const words = listed(statement);
      if (words.length === 0) statement.keyword.warning('notification_email is empty');
      // An address becomes part of a command and of a header line, and must not start a new one.
      const plain = words.filter((one) => {
        if (!isPrintable(one.text))
          one.warning('a mail address has no control characters: it is ignored');
        return isPrintable(one.text);
      });
      mail.to = [...mail.to, ...plain.map(({ text }) => text)];
    },
    print: ({ to }, keyword) => blockOf(keyword, to.map(quoteWord)),
  },
  notification_email_from: field('from', WORD, 'The sender of mails.', { unset: 'keepalived@HOST' }),
  smtp_server: {
    shape: 'value',
    type: 'HOST [PORT]',
    default: 'none: no mails',
    doc: 'The mail server; the port is 25 unless it is given.',
    read: (mail, statement) => {
      const host = WORD.read(statement);
      const [, second] = statement.values;
      const port = second === undefined ? SMTP_PORT : optionalPort(second);
      // An invalid value is no server, even after a valid one.
      mail.server = host === undefined || !port ? undefined : { host, port };
      if (port === 0)
        statement.keyword.warning('smtp_server needs a port from 1 to 65535');
    },
    print: optional(({ server }) => server, ({ host, port }) => `${quoteWord(host)} ${port}`),
  },
  smtp_helo_name: field('heloName', WORD, 'The name in HELO.', { unset: "the host's name" }),
  smtp_connect_timeout: field(
    'connectTimeout',
    {
      ...WHOLE_SECONDS,
      read: (statement) => {
        const timeout = WHOLE_SECONDS.read(statement);
        if (timeout === 0)
          statement.keyword.warning('a timeout of 0 is none: 1 s is taken');
        return timeout === 0 ? seconds(1) : timeout;
      },
    },
    'How long the mail server may take to answer.',
    { default: MAIL_DEFAULTS.connectTimeout },
  ),
  no_email_faults: field(
    'faults',
    { ...FLAG, read: (statement) => !FLAG_REPORTED.read(statement) },
    'No mails about FAULT.',
    { default: true },
  ),
  no_checker_emails: field(
    'checkers',
    {
      ...ON_OFF,
      read: (statement) => {
        const value = ON_OFF.read(statement);
        return value === undefined ? undefined : !value;
      },
      print: () => '',
    },
    'Mails about a checker only if its server goes up or down.',
    { default: true },
  ),
  smtp_alert_checker: field('alertCheckers', ON_OFF, 'Mails about real and virtual servers.', { unset: 'smtp_alert' }),
  smtp_alert: input('alert', ON_OFF, 'The default of mails about instances, groups and servers.', { unset: 'off' }),
  smtp_alert_vrrp: input('alertVrrp', ON_OFF, 'The default of mails about instances and sync groups.', { unset: 'smtp_alert' }),
};

/** The special default comes before the general one. */
export function mailOf({ alert, alertVrrp: _, ...mail }: MailDraft): MailConfig {
  return { ...mail, alertCheckers: mail.alertCheckers ?? alert };
}

/** Whether instances and groups mail by default. */
export function vrrpAlerts({ alert, alertVrrp }: MailDraft): boolean {
  return alertVrrp ?? alert ?? false;
}

const SOCKET: Codec<string> = {
  shape: 'words',
  type: 'unix:PATH or tcp:HOST:PORT',
  read: ({ keyword, values: [value, ...rest] }) => {
    if (value !== undefined && agentAddress(value.text) !== undefined) return value.text;
    const message = 'snmp_socket is unix:PATH or tcp:HOST:PORT; the default is taken';
    const voice = value === undefined && rest.length === 0 ? 'warning' : 'note';
    return (value ?? keyword)[voice](message, 'AgentX runs over nothing else.');
  },
  print: quoteWord,
};

const off = { default: false } as const;

// biome-ignore format: a table, one keyword a line
export const SNMP: Rows<Mutable<SnmpConfig>, SnmpConfig> = {
  enable_snmp_vrrp: field('keepalived', FLAG, 'Serves instances and groups in KEEPALIVED-MIB.', off),
  enable_snmp_keepalived: input('keepalived', FLAG, 'Another spelling of `enable_snmp_vrrp`.', off),
  enable_snmp_checker: field('checker', FLAG, 'Serves virtual and real servers in KEEPALIVED-MIB.', off),
  enable_snmp_rfcv2: field('rfcv2', FLAG, 'Serves VRRP-MIB (RFC 2787).', off),
  enable_snmp_rfcv3: field('rfcv3', FLAG, 'Serves VRRPV3-MIB (RFC 6527).', off),
  enable_snmp_rfc: {
    shape: 'words',
    doc: 'Both `enable_snmp_rfcv2` and `enable_snmp_rfcv3`.',
    read: (snmp) => {
      Object.assign(snmp, { rfcv2: true, rfcv3: true });
    },
  },
  enable_traps: field('traps', FLAG, 'Sends SNMP traps.', off),
  snmp_socket: field('socket', SOCKET, 'The socket of the SNMP master agent.', { unset: 'unix:/var/agentx/master' }),
};

/**
 * Sends mails over SMTP, one after the other. A mail server that is down or hangs blocks nothing and is logged once.
 * Without `notification_email` and `smtp_server` nothing is sent and the library is not loaded.
 */
import { hostname } from 'node:os';
import type { Transporter } from 'nodemailer';
import type { GlobalConfig } from '../../engine/core/config.ts';
import type { MailConfig } from '../../engine/core/config-process.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../log.ts';
import type { Alert } from './alerts.ts';

/** Mails kept while the server does not answer; beyond that the oldest are dropped. */
const MOST_WAITING = 100;

export class Mailer {
  private global: GlobalConfig;
  private readonly log: Log;
  private readonly waiting: Alert[] = [];
  private sending = false;
  private failing = false;

  constructor(global: GlobalConfig, log: Log) {
    this.log = log;
    this.global = global;
    this.configure(global);
  }

  configure(global: GlobalConfig): void {
    this.global = global;
    const { to, server } = global.mail;
    if (to.length > 0 && server === undefined)
      this.log.error('notification_email without smtp_server: no mail is sent');
  }

  send(alert: Alert): void {
    const { to, server } = this.global.mail;
    if (to.length === 0 || server === undefined) return;
    this.waiting.push(alert);
    if (this.waiting.length > MOST_WAITING) this.waiting.shift();
    if (!this.sending) void this.drain();
  }

  private async drain(): Promise<void> {
    this.sending = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift())
      await this.deliver(next);
    this.sending = false;
  }

  private async deliver({ subject, text }: Alert): Promise<void> {
    const { mail, routerId } = this.global;
    try {
      const transport = await transportOf(mail);
      await transport.sendMail({
        from: mail.from ?? `keepalived@${hostname()}`,
        to: [...mail.to],
        subject: `[${routerId ?? hostname()}] ${subject}`,
        text,
        headers: { 'X-Mailer': 'halabd' },
      });
      if (this.failing) this.log.info('mails are sent again');
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        this.log.error(`a mail could not be sent, and others may not be: ${messageOf(error)}`);
      this.failing = true;
    }
  }
}

/** Plain SMTP, as in keepalived. */
async function transportOf({ server, heloName, connectTimeout }: MailConfig): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const patience = Math.max(1, Math.round(connectTimeout / 1_000));
  return createTransport({
    host: server?.host ?? '',
    port: server?.port ?? 0,
    name: heloName ?? hostname(),
    secure: false,
    ignoreTLS: true,
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    dnsTimeout: patience,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

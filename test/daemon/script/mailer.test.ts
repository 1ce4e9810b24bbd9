import { hostname } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../../src/daemon/log.ts';
import {
  realServerAlert,
  virtualServerAlert,
  vrrpAlert,
} from '../../../src/daemon/script/alerts.ts';
import { Mailer } from '../../../src/daemon/script/mailer.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import type { DaemonConfig } from '../../../src/engine/core/config.ts';
import { type SmtpServer, smtpServer } from '../../support/smtp.ts';

const servers: SmtpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
const start = async (options: Parameters<typeof smtpServer>[0] = {}): Promise<SmtpServer> => {
  const server = await smtpServer(options);
  servers.push(server);
  return server;
};

function book(): { log: Log; logged: string[] } {
  const logged: string[] = [];
  const note = (text: string): void => void logged.push(text);
  return { log: { info: note, error: note, detail: () => {} }, logged };
}

function read(global: string, instance = '', group = ''): DaemonConfig {
  const text = `global_defs {\n${global}\n}
vrrp_instance web {\n interface lan\n virtual_router_id 1\n ${instance}
 virtual_ipaddress { 10.0.0.1 }\n}
vrrp_instance db {\n interface lan\n virtual_router_id 2\n virtual_ipaddress { 10.0.0.2 }\n}
vrrp_sync_group both {\n group { web db }\n ${group}\n}\n`;
  const { config, issues } = parseConfig(text, 'k.conf');
  expect(issues).toEqual([]);
  return config;
}

const STATE = {
  kind: 'state',
  instance: 'web',
  from: 'BACKUP',
  to: 'MASTER',
  reason: 'no-response',
  detail: 'nobody was heard',
  priority: 100,
} as const;
const ONE = { subject: 'one', text: 'one' };

describe('a mail', () => {
  it("goes to every recipient, with keepalived's sender, HELO name and subject", async () => {
    const server = await start();
    const config = read(
      `router_id lb1
      notification_email {\n ops@example.com\n root@localhost\n }
      notification_email_from vrrp@lb1.example.com
      smtp_server 127.0.0.1 ${server.port}
      smtp_helo_name lb1.example.com
      smtp_alert`,
    );
    const { log, logged } = book();
    const alert = vrrpAlert(STATE, config);
    if (alert !== undefined) new Mailer(config.global, log).send(alert);
    await vi.waitUntil(() => server.mails.length > 0, { timeout: 20_000 });
    const [mail] = server.mails;
    expect(mail).toMatchObject({
      helo: 'lb1.example.com',
      from: 'vrrp@lb1.example.com',
      to: ['ops@example.com', 'root@localhost'],
    });
    expect(mail?.text).toMatch(/^Subject: \[lb1\] VRRP Instance web - Entering MASTER state$/m);
    expect(mail?.text).toContain('web: BACKUP -> MASTER: nobody was heard');
    expect(logged).toEqual([]);
  });

  it('defaults to sender keepalived@HOST and subject [HOST]; no header can be injected', async () => {
    const server = await start();
    const config = read(
      `notification_email { a@example.com }\nsmtp_server 127.0.0.1 ${server.port}`,
    );
    const { log } = book();
    new Mailer(config.global, log).send({ subject: 'x\r\nBcc: b@example.com', text: 'y' });
    await vi.waitUntil(() => server.mails.length > 0, { timeout: 20_000 });
    expect(server.mails[0]?.from).toBe(`keepalived@${hostname()}`);
    expect(server.mails[0]?.to).toEqual(['a@example.com']);
    expect(server.mails[0]?.text).toContain(`Subject: [${hostname()}] x`);
    expect(server.mails[0]?.text).not.toMatch(/^Bcc:/m);
  });

  it('that cannot be sent is logged once, and again when mail works again', async () => {
    const gone = await start();
    const { port } = gone;
    await gone.close();
    const config = read(`notification_email { a@example.com }\nsmtp_server 127.0.0.1 ${port}`);
    const { log, logged } = book();
    const mailer = new Mailer(config.global, log);
    mailer.send(ONE);
    mailer.send(ONE);
    await vi.waitUntil(() => logged.length > 0, { timeout: 20_000 });
    const server = await start({ port });
    mailer.send({ subject: 'last', text: '' });
    await vi.waitUntil(() => server.mails.some(({ text }) => text.includes('last')), {
      timeout: 20_000,
    });
    await vi.waitUntil(() => logged.length > 1, { timeout: 20_000 });
    expect(logged).toEqual([
      expect.stringContaining('a mail could not be sent'),
      'mails are sent again',
    ]);
  });

  it('to a server that hangs ends after smtp_connect_timeout', async () => {
    const server = await start({ silent: true });
    const config = read(
      `notification_email { a@example.com }\nsmtp_server 127.0.0.1 ${server.port}\nsmtp_connect_timeout 1`,
    );
    const { log, logged } = book();
    new Mailer(config.global, log).send(ONE);
    await vi.waitUntil(() => logged.length > 0, { timeout: 20_000 });
    expect(server.connections()).toBe(1);
    expect(logged[0]).toContain('a mail could not be sent');
  });

  it('is not sent without an address or a server', () => {
    const { log, logged } = book();
    new Mailer(read('smtp_server 127.0.0.1 9').global, log).send(ONE);
    expect(logged).toEqual([]);
    new Mailer(read('notification_email { a@b }').global, log).send(ONE);
    expect(logged).toEqual(['notification_email without smtp_server: no mail is sent']);
  });
});

describe('whether a state is mailed', () => {
  const wants = (global: string, instance = '', group = '') => {
    const config = read(global, instance, group);
    const of = (effect: Parameters<typeof vrrpAlert>[0]) => vrrpAlert(effect, config)?.subject;
    return {
      web: of(STATE),
      db: of({ ...STATE, instance: 'db' }),
      group: of({ kind: 'group-state', group: 'both', to: 'MASTER' }),
    };
  };
  const all = {
    web: 'VRRP Instance web - Entering MASTER state',
    db: 'VRRP Instance db - Entering MASTER state',
    group: 'VRRP Group both - Entering MASTER state',
  };
  const none = { web: undefined, db: undefined, group: undefined };

  it.each([
    ['', '', '', none],
    ['smtp_alert', '', '', all],
    ['smtp_alert_vrrp on', '', '', all],
    ['smtp_alert on\nsmtp_alert_vrrp off', '', '', none],
    ['smtp_alert_checker', '', '', none],
    ['', 'smtp_alert', '', { ...none, web: all.web }],
    ['', '', 'smtp_alert', { ...none, group: all.group }],
    ['smtp_alert', 'smtp_alert off', '', { ...all, web: undefined }],
  ])('follows global %j, instance %j, group %j', (global, instance, group, expected) => {
    expect(wants(global, instance, group)).toEqual(expected);
  });

  it('mails a fault unless no_email_faults is set', () => {
    const fault = { ...STATE, to: 'FAULT' } as const;
    expect(vrrpAlert(fault, read('smtp_alert'))?.subject).toContain('Entering FAULT state');
    expect(vrrpAlert(fault, read('smtp_alert\nno_email_faults'))).toBeUndefined();
  });

  it('names servers as keepalived does', () => {
    const server = '[192.0.2.1]:tcp:80';
    const service = '[10.0.0.1]:tcp:80';
    expect(realServerAlert({ server, service, up: false }, 'refused').subject).toBe(
      'Realserver [192.0.2.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN',
    );
    expect(virtualServerAlert(service, true, 'quorum').subject).toBe(
      'Virtualserver [10.0.0.1]:tcp:80 - UP',
    );
  });
});

it('reports configuration errors', () => {
  const { issues } = parseConfig(
    `global_defs {
 notification_email { }
 notification_email_from
 smtp_server 127.0.0.1 70000
 smtp_connect_timeout never
 smtp_alert perhaps
}
vrrp_instance v {\n interface lan\n virtual_router_id 1\n virtual_ipaddress { 10.0.0.1 }\n}\n`,
    'k.conf',
  );
  expect(issues.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    '2: notification_email is empty',
    '3: notification_email_from takes a word without control characters',
    '4: a port is a number from 1 to 65535: this line is ignored',
    '5: smtp_connect_timeout is a whole number from 0 to 4294',
    '5: a timeout of 0 is none: 1 s is taken',
    '6: smtp_alert is on or off (also yes, no, true, false): ignored',
  ]);
});

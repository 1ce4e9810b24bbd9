import { afterEach, beforeEach, expect, it } from 'vitest';
import { becomes, conf, Network, pause } from '../../support/netns.ts';

/** Accepts mails and prints its dialogue. */
const SINK = `require('node:net').createServer((socket) => {
  socket.write('220 test\\r\\n');
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    process.stdout.write(chunk);
    const text = chunk.toString();
    if (/^DATA/m.test(text)) socket.write('354 go on\\r\\n');
    else if (/^QUIT/m.test(text)) socket.end('221 bye\\r\\n');
    else if (/^(EHLO|MAIL|RCPT|RSET)|^\\.\\r/m.test(text)) socket.write('250 ok\\r\\n');
  });
}).listen(2525, '127.0.0.1', () => console.log('listening'))`;

let net: Network;
beforeEach(() => {
  net = new Network('m');
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const global = (port: number): string => `global_defs {
  router_id lb1
  notification_email { ops@example.com }
  smtp_server 127.0.0.1 ${port}
  smtp_alert
}\n`;

it('halabd mails every new state of an instance with smtp_alert', async () => {
  const sink = net.run('a', process.execPath, '-e', SINK);
  await becomes('the mail server listens', () => sink.output().includes('listening'));
  const a = net.halabd('a', net.write('a.conf', global(2525) + conf(150)));
  const mailed = (state: string): boolean =>
    sink.output().includes(`Subject: [lb1] VRRP Instance web - Entering ${state} state`);
  await becomes('MASTER is mailed', () => mailed('MASTER'), 15_000, a.output);
  expect(mailed('BACKUP')).toBe(true);
  expect(sink.output()).toContain('RCPT TO:<ops@example.com>');
  net.cable('a', false);
  await becomes('FAULT is mailed', () => mailed('FAULT'), 15_000, a.output);
});

it.each([
  ['and of every checker of a server', '', ['connection refused', 'TCP_CHECK fails, too']],
  ['and with no_checker_emails only of the server', 'no_checker_emails', ['connection refused']],
])('%s', async (_what, more, mailed) => {
  const sink = net.run('a', process.execPath, '-e', SINK);
  await becomes('the mail server listens', () => sink.output().includes('listening'));
  const check = (port: number): string =>
    `TCP_CHECK {\n connect_port ${port}\n delay_loop 1\n retry 0\n warmup 0\n }\n`;
  const servers = `virtual_server 10.50.1.100 80 {
  protocol TCP
  real_server 10.50.1.11 8080 {\n${check(8081)}${check(8082)}\n}\n}\n`;
  const text = global(2525).replace('smtp_alert', `smtp_alert\n ${more}`) + servers;
  const a = net.halabd('a', net.write('a.conf', text));
  // The quorum is reported last.
  const last = 'Subject: [lb1] Virtualserver [10.50.1.100]:tcp:80 - DOWN';
  await becomes('the quorum is mailed', () => sink.output().includes(last), 15_000, a.output);
  await becomes('both have failed', () => a.output().split('gave it up').length === 3);
  await pause(500);
  const subject = 'Realserver [10.50.1.11]:tcp:8080 of virtual server [10.50.1.100]:tcp:80 - DOWN';
  // Long header lines are folded.
  expect(sink.output().replaceAll('\r\n ', ' ').split(subject)).toHaveLength(mailed.length + 1);
  for (const text of mailed) expect(sink.output()).toContain(text);
});

it('a missing mail server is one line in the log', async () => {
  const a = net.halabd('a', net.write('a.conf', global(2526) + conf(150)));
  const failures = (): number => a.output().match(/a mail could not be sent/g)?.length ?? 0;
  await becomes('it is reported', () => failures() > 0, 15_000, a.output);
  await becomes('it owns the address', () => net.addresses('a').includes('10.50.1.100'));
  net.cable('a', false);
  await becomes('FAULT', () => a.output().includes('-> FAULT'));
  a.child.kill('SIGTERM');
  expect(await a.exit).toBe(0);
  expect(failures()).toBe(1);
});

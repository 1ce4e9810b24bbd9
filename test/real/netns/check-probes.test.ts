import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Farm, HALABD, real, virtual } from '../../support/farm.ts';
import { becomes, type Daemon, pause } from '../../support/netns.ts';

let farm: Farm;
let runs = 0;
beforeEach(() => {
  farm = new Farm(`q${runs++}`);
});
afterEach(() => farm.close());

const http = (path: string, more = ''): string =>
  `HTTP_GET {\nconnect_timeout 0.3\nurl {\npath ${path}\n${more}\n}\n}`;
const ended = (daemon: Daemon): Promise<void> =>
  becomes('a verdict', () => daemon.output().includes('gave it up'), 8_000, daemon.output);
/** Memory of the check child in megabytes. */
const memory = (): number => {
  const pid = farm.net
    .pids('lb')
    .find((pid) => farm.must('lb', 'cat', `/proc/${pid}/cmdline`).includes('check-child'));
  const status = farm.must('lb', 'cat', `/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
};

it.each([
  ['/', '', undefined],
  ['/status/500', '', 'status 500'],
  ['/status/404', 'status_code 404', undefined],
  ['/slow', '', 'no answer in time'],
  ['/hang', '', 'no answer in time'],
  ['/', 'regex web9', 'the expression does not match'],
  ['/endless', `digest ${'0'.repeat(32)}`, 'the body is larger than 1048576 bytes'],
  ['/endless', '', undefined],
])('HTTP_GET of %s with "%s": %s', async (path, more, problem) => {
  await farm.serve('web1');
  const check = http(path, more);
  const a = farm.halabd(virtual([real('web1', { check })]));
  if (problem === undefined) {
    await farm.pool('it is watched', ['web1 up 1'], a.output);
    await becomes('it is asked', () => farm.requests('web1').split(path).length > 4);
    expect(farm.servers()).toEqual(['web1 up 1']);
  } else {
    await ended(a);
    expect(a.output()).toContain(problem);
    expect(farm.servers()).toEqual(['web1 down 1']);
  }
});

it('an endless body is read up to the limit, however often it is requested', async () => {
  await farm.serve('web1');
  const check = http('/endless', `digest ${'0'.repeat(32)}`);
  const a = farm.halabd(virtual([real('web1', { check })]));
  await ended(a);
  const before = memory();
  await pause(3_000);
  expect(farm.requests('web1').split('/endless').length).toBeGreaterThan(15);
  expect(memory() - before).toBeLessThan(60);
});

it.each([
  ['an unreachable address', 'connect_ip 10.50.9.9', /network unreachable/],
  ['no host at the address', 'connect_ip 10.50.2.99', /no answer in time|host unreachable/],
  ['a closed port', 'connect_port 9', /connection refused/],
  ['a source address of another host', 'bindto 10.50.2.77', /bindto address is not on this host/],
  ['an interface that is not there', 'bind_if eth9', /ENODEV/],
])('%s is a failure with its reason', async (_what, more, why) => {
  await farm.serve('web1', 'web2');
  for (const kind of ['TCP_CHECK', 'HTTP_GET'] as const) {
    const url = kind === 'HTTP_GET' ? 'url { path / }' : '';
    const check = `${kind} {\nconnect_timeout 0.5\n${more}\n${url}\n}`;
    const a = farm.halabd(virtual([real('web1', { check }), real('web2')]));
    await ended(a);
    expect(a.output()).toMatch(why);
    expect(farm.ask(2)).toEqual(['web2', 'web2']);
    a.child.kill('SIGTERM');
    await a.exit;
  }
});

it('TLS: a valid certificate, an expired one, and a server without TLS', async () => {
  await farm.serve('web1', 'web2', 'web3');
  for (const [name, days] of [
    ['web1', '2'],
    ['web2', '-1'],
  ] as const) {
    const [key, certificate] = ['key', 'pem'].map((end) => join(farm.net.folder, `${name}.${end}`));
    if (key === undefined || certificate === undefined) throw new Error('two names');
    makeCertificate(key, certificate, Number(days));
    const script = `require('node:https').createServer({
      key: require('node:fs').readFileSync('${key}'),
      cert: require('node:fs').readFileSync('${certificate}'),
    }, (_, response) => response.end('${name}')).listen(443, () => console.log('listening'))`;
    const server = farm.net.run(name, process.execPath, '-e', script);
    await becomes('it listens', () => server.output().includes('listening'), 5_000, server.output);
  }
  const ssl = (port: number): string =>
    `SSL_GET {\nconnect_port ${port}\nconnect_timeout 1\nurl { path / }\n}`;
  const a = farm.halabd(
    virtual([
      real('web1', { check: ssl(443) }),
      real('web2', { check: ssl(443) }),
      real('web3', { check: ssl(80) }),
    ]),
  );
  await farm.pool('verdicts', ['web1 up 1', 'web2 down 1', 'web3 down 1'], a.output);
  expect(a.output()).toContain('the certificate expired on');
  expect(a.output()).toMatch(/10\.50\.2\.13\]:tcp:80 gave it up: .*TLS: /);
});

it('a script without permission is no check, as in keepalived: the server is up, and the log gives the reason', async () => {
  await farm.serve('web1');
  const script = farm.net.write('closed', '#!/bin/sh\nexit 1\n');
  const check = `MISC_CHECK { misc_path ${script} }`;
  const a = farm.halabd(virtual([real('web1', { check })]));
  await farm.pool('it is in the pool', ['web1 up 1'], a.output);
  expect(a.output()).toMatch(/halabd: note: .*closed is not executable: it is left out/);
});

it('errors in a configuration are corrected or ignored, and reported with their positions', () => {
  const file = farm.net.write(
    'bad.conf',
    `virtual_server 10.50.1.100 80 {
  lvs_sched fastest
  real_server 10.50.2.11 0 {
  }
  real_server 10.50.2.12 80 {
    HTTP_GET { url { path nowhere } }
  }
  real_server 10.50.2.12 80 {
    HTTP_GET { }
  }
}
`,
  );
  const { status, output } = farm.net.ask('lb', process.execPath, HALABD, '-t', file);
  expect(status).toBe(5);
  for (const place of ['1:1', '2:13', '8:3', '9:5'])
    expect(output, place).toMatch(new RegExp(`bad\\.conf:${place}: (error|warning)`));
});

/** It expires `days` from now. */
function makeCertificate(key: string, certificate: string, days: number): void {
  const subject = ['-subj', '/CN=web', '-nodes'];
  if (days > 0) {
    const files = ['-keyout', key, '-out', certificate, '-days', String(days)];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, ...files], {
      stdio: 'ignore',
    });
    return;
  }
  const request = `${certificate}.csr`;
  execFileSync(
    'openssl',
    ['req', '-newkey', 'rsa:2048', ...subject, '-keyout', key, '-out', request],
    { stdio: 'ignore' },
  );
  const signed = ['-signkey', key, '-in', request, '-out', certificate, '-days', String(days)];
  execFileSync('openssl', ['x509', '-req', ...signed], { stdio: 'ignore' });
}

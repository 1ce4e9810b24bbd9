import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import type { CheckerConfig } from '../../../src/engine/core/config-checker.ts';

/** The checkers of the only real server, inside a virtual server with the lines `virtual`. */
function checkers(lines: string, place = '10.9.0.9 80', virtual = ''): readonly CheckerConfig[] {
  const { config, outcome } = parseConfig(
    `track_file f {\nfile /tmp/f\nweight 3\n}\n` +
      `virtual_server 10.9.0.100 80 {\nprotocol TCP\n${virtual}\n` +
      `real_server ${place} {\n${lines}\n}\n}\ntrack_file late {\nfile /tmp/late\n}\n`,
    'k.conf',
  );
  expect(outcome).toBe('runs');
  return config.check.virtualServers[0]?.realServers[0]?.checkers ?? [];
}

const only = (lines: string): CheckerConfig | undefined => checkers(lines)[0];
const target = (lines: string) => only(`TCP_CHECK {\n${lines}\n}`)?.probe;
const SECOND = 1_000_000;

describe('the schedule of a check', () => {
  it.each([
    ['TCP_CHECK', '', { interval: 60 * SECOND, fall: 2, retryDelay: SECOND }],
    ['DNS_CHECK', '', { fall: 4, retryDelay: 60 * SECOND }],
    ['MISC_CHECK', 'misc_path x', { fall: 1, retryDelay: SECOND, timeout: 60 * SECOND }],
    ['HTTP_GET', 'url {\npath /\n}', { fall: 2, retryDelay: 3 * SECOND }],
    ['TCP_CHECK', 'delay_loop 0\n delay_loop 2.5', { interval: 2.5 * SECOND }],
    ['TCP_CHECK', 'retry 0', { fall: 1 }],
    ['TCP_CHECK', 'retry x', { fall: 1 }],
    ['TCP_CHECK', 'delay_loop 99999999999', { interval: 99_999_999_999 * SECOND }],
    // Digits after a unit are microseconds.
    ['TCP_CHECK', 'delay_loop 5s', { interval: 5 }],
    ['TCP_CHECK', 'connect_timeout 0', { timeout: 5 * SECOND }],
    ['TCP_CHECK', 'connect_timeout 4295', { timeout: 5 * SECOND }],
    ['TCP_CHECK', 'warmup 10.9.0.5', { warmup: 109 }],
    ['TCP_CHECK', 'alpha maybe', { initial: 'up' }],
    ['TCP_CHECK', 'alpha', { initial: 'down' }],
    ['MISC_CHECK', 'misc_path x\n misc_timeout 2.9', { timeout: 2 * SECOND }],
    ['MISC_CHECK', 'misc_path x\n misc_timeout 0', { timeout: 60 * SECOND }],
  ])('%s %j', (kind, lines, expected) => {
    expect(only(`${kind} {\n${lines}\n}`)?.timing).toMatchObject(expected);
  });

  it('is inherited except retry 0, which counts only in the checker', () => {
    const [checker] = checkers(
      'TCP_CHECK {\n}\nretry 0\nwarmup 9',
      '10.9.0.9 80',
      'retry 7\nalpha off',
    );
    expect(checker?.timing).toMatchObject({ fall: 8, warmup: 9 * SECOND, initial: 'down' });
  });

  it('limits a script by the delay_loop of the virtual server, not by a nearer one', () => {
    const [checker] = checkers(
      'delay_loop 3\nMISC_CHECK {\nmisc_path x\n}',
      '10.9.0.9 80',
      'delay_loop 9',
    );
    expect(checker?.timing).toMatchObject({ interval: 3 * SECOND, timeout: 9 * SECOND });
  });
});

describe('the destination of a check', () => {
  it.each([
    ['', { address: '10.9.0.9', port: 80 }],
    ['connect_port 0', { port: 80 }],
    ['connect_port 81x', { port: 81 }],
    ['connect_ip 10.0.0.1\n connect_port 82', { address: '10.0.0.1', port: 82 }],
    ['bind_port 7', { bindPort: 0 }],
    ['bindto 10.0.0.1\n bind_port 7', { bindAddress: '10.0.0.1', bindPort: 7 }],
    ['bindto fd00::1', { bindAddress: undefined }],
    ['fwmark -1', { mark: 0 }],
  ])('%j', (lines, expected) => {
    expect(target(lines)).toMatchObject({ target: expected });
  });

  it('never uses the port of the virtual server: without its own port it fails', () => {
    const kinds = 'TCP_CHECK {\n}\nHTTP_GET {\nurl {\npath /\n}\n}\nSMTP_CHECK {\n}';
    const ports = checkers(kinds, '10.9.0.9').map(
      ({ probe }) => 'target' in probe && probe.target.port,
    );
    expect(ports).toEqual([0, 0, 0]);
  });

  it('without an address is never checked; with alpha its server is never up', () => {
    expect(checkers('TCP_CHECK {\nconnect_ip foo\n}')).toEqual([]);
    expect(checkers('TCP_CHECK {\nconnect_ip foo\nalpha\n}')).toMatchObject([
      { timing: { initial: 'down' }, probe: { target: { port: 0 } } },
    ]);
    expect(only('SMTP_CHECK {\nconnect_ip foo\n}')?.probe).toMatchObject({
      target: { address: '10.9.0.9' },
    });
  });

  it('of a link-local address needs bind_if', () => {
    const linkLocal = 'TCP_CHECK {\nconnect_ip fe80::1';
    expect(checkers(`${linkLocal}\n}`)).toEqual([]);
    expect(checkers(`${linkLocal}\nbind_if eth0\n}`)).toHaveLength(1);
  });

  it('has a checker for every host of an SMTP_CHECK, with its own settings', () => {
    const hosts = 'host {\nconnect_ip 10.0.0.1\n}\nhost {\nconnect_port 26\n}';
    const of = (lines: string) =>
      checkers(`SMTP_CHECK {\n${lines}\n}`).map(
        ({ probe }) => 'target' in probe && `${probe.target.address} ${probe.target.port}`,
      );
    expect(of(hosts)).toEqual(['10.0.0.1 80', '10.9.0.9 26']);
    expect(of(`connect_port 25\n${hosts}`)).toEqual(['10.9.0.9 25', '10.0.0.1 80', '10.9.0.9 26']);
  });
});

describe('the request of a check', () => {
  const probe = (kind: string, lines: string) => only(`${kind} {\n${lines}\n}`)?.probe;

  it.each([
    ['DNS_CHECK', '', { type: 'SOA', name: '.' }],
    ['DNS_CHECK', 'type aaaa\n type foo', { type: 'AAAA' }],
    ['DNS_CHECK', 'type DNSKEY', { type: 'DNSKEY' }],
    ['DNS_CHECK', 'name one.org\n name two.org', { name: 'one.org' }],
    // keepalived reads a first part of one letter as empty.
    ['DNS_CHECK', 'name a.root-servers.net', { name: '.' }],
    ['UDP_CHECK', 'payload 1 22 333', { payload: '01223303' }],
    ['UDP_CHECK', 'payload zz', { payload: undefined }],
    ['UDP_CHECK', 'require_reply', { reply: '' }],
    ['UDP_CHECK', 'require_reply zz', { reply: '' }],
    ['UDP_CHECK', 'require_reply xA 2x', { reply: 'xa2x' }],
    ['UDP_CHECK', 'min_reply_length 9x', { minReply: 0 }],
    ['UDP_CHECK', 'max_reply_length 65535', { maxReply: 65_535 }],
    ['MISC_CHECK', 'misc_path "/bin/a b \'c d\'" e', { command: { argv: ['/bin/a', 'b', 'c d'] } }],
    ['MISC_CHECK', 'misc_path x\n misc_dynamic off', { dynamic: true }],
    ['FILE_CHECK', 'track_file f', { file: 'f', weight: { value: 3, reverse: false } }],
    ['FILE_CHECK', 'track_file f\n weight 2 reverse', { weight: { value: 2, reverse: true } }],
    ['FILE_CHECK', 'track_file f\n weight 2 foo', { weight: { value: 3, reverse: false } }],
  ])('%s %j', (kind, lines, expected) => {
    expect(probe(kind, lines)).toMatchObject(expected);
  });

  it.each([
    ['MISC_CHECK', ''],
    ['FILE_CHECK', ''],
    ['FILE_CHECK', 'track_file nobody'],
    ['FILE_CHECK', 'track_file late'],
    ['HTTP_GET', ''],
    ['SSL_GET', 'url {\nstatus_code 200\n}'],
    ['BFD_CHECK', 'name b'],
  ])('%s with %j is ignored', (kind, lines) => {
    expect(checkers(`TCP_CHECK {\n}\n${kind} {\n${lines}\n}`)).toHaveLength(1);
  });

  it('logs every failure with its own or the global setting', () => {
    expect(only('TCP_CHECK {\nlog_all_failures off\n}')?.logAll).toBe(false);
    expect(only('TCP_CHECK {\nlog_all_failures\n}')?.logAll).toBe(true);
  });
});

describe('HTTP_GET', () => {
  const http = (lines: string) => only(`HTTP_GET {\n${lines}\nurl {\npath /\n}\n}`)?.probe;
  const url = (lines: string) => {
    const probe = only(`HTTP_GET {\nurl {\npath /\n${lines}\n}\n}`)?.probe;
    return probe?.kind === 'HTTP_GET' ? probe.urls[0] : undefined;
  };

  it.each([
    ['http_protocol 1.0c', { version: '1.0C' }],
    ['http_protocol 1.1\n http_protocol 2', { version: '1.1' }],
    ['enable_sni', { sni: true }],
    ['fast_recovery off', { fastRecovery: false }],
  ])('%j', (lines, expected) => {
    expect(http(lines)).toMatchObject(expected);
  });

  const SUM = '00112233445566778899aabbccddeeff';
  it.each([
    ['', { path: '/', status: [{ low: 200, high: 299 }], regex: undefined }],
    ['path foo', { path: 'foo' }],
    ['status_code 200 99 600 300-303', { status: [{ low: 200 }, { low: 300, high: 303 }] }],
    [`digest x\n digest ${SUM.toUpperCase()}\n digest ${SUM}0`, { digest: SUM }],
    ['virtualhost a\n virtualhost', { host: 'a' }],
    ['regex a b', { regex: undefined }],
    ['regex_no_match', { regex: undefined }],
    ['regex "a b"\n regex_no_match', { regex: { pattern: 'a b', negate: true } }],
    ['regex x\n regex_options caseless foo dotall', { regex: { flags: 'is' } }],
    [
      'regex x\n regex_min_offset 3\n regex_max_offset 7',
      { regex: { minOffset: 3, maxOffset: 7 } },
    ],
    [
      'regex x\n regex_min_offset 3\n regex_max_offset 2',
      { regex: { minOffset: 0, maxOffset: undefined } },
    ],
    ['regex x\n regex_max_offset z', { regex: { maxOffset: 0 } }],
    // The file has errors, but the daemon runs.
    ['regex "a(b"', { regex: { pattern: 'a(b' } }],
  ])('url %j', (lines, expected) => {
    expect(url(lines)).toMatchObject(expected);
  });

  it('takes the host from the url, the checker, the real server or the virtual server', () => {
    const host = (inChecker: string, inRealServer: string, inVirtualServer: string) => {
      const [checker] = checkers(
        `${inRealServer}\nHTTP_GET {
${inChecker}
url {\npath /\n}\n}`,
        '10.9.0.9 80',
        inVirtualServer,
      );
      return checker?.probe.kind === 'HTTP_GET' ? checker.probe.urls[0]?.host : undefined;
    };
    expect(host('virtualhost a', 'virtualhost b', 'virtualhost c')).toBe('a');
    expect(host('', 'virtualhost b', 'virtualhost c')).toBe('b');
    expect(host('', '', 'virtualhost c')).toBe('c');
  });
});

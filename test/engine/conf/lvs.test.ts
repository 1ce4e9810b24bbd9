import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import type {
  RealServerConfig,
  VirtualServerConfig,
} from '../../../src/engine/core/config-check.ts';

function read(text: string) {
  const { config, issues, outcome } = parseConfig(text, 'k.conf');
  const findings = issues.map(({ line, message }) => `${line}: ${message}`);
  return { ...config.check, global: config.global, findings, outcome };
}

const REAL = 'real_server 10.9.0.9 80 {\n}';

/** A virtual server with these lines, followed by one real server. */
function virtual(lines: string, head = '10.9.0.100 80'): VirtualServerConfig {
  const [server] = read(
    `virtual_server ${head} {\nprotocol TCP\n${lines}\n${REAL}\n}\n`,
  ).virtualServers;
  if (server === undefined) throw new Error('it was ignored');
  return server;
}

function real(lines: string): RealServerConfig {
  const [server] = virtual(`real_server 10.9.0.7 80 {\n${lines}\n}`).realServers;
  if (server === undefined) throw new Error('it was ignored');
  return server;
}

describe('virtual_server', () => {
  it('without keywords is UDP, wlc and NAT, each with a warning', () => {
    const { virtualServers, findings, outcome } = read(
      `virtual_server 10.9.0.100 80 {\n${REAL}\n}`,
    );
    expect(virtualServers[0]).toMatchObject({
      name: '[10.9.0.100]:udp:80',
      protocol: 'UDP',
      scheduler: 'wlc',
      method: { kind: 'NAT' },
      quorum: 1,
      hysteresis: 0,
    });
    expect(findings).toEqual([
      '1: no protocol: UDP is taken',
      '1: no lvs_sched: wlc is taken',
      '1: no lvs_method: NAT is taken',
    ]);
    expect(outcome).toBe('runs');
  });

  it.each([
    ['lb_algo bogus', { scheduler: 'wlc' }],
    ['lb_kind dr', { method: { kind: 'NAT' } }],
    ['lb_kind DR\n lb_kind foo', { method: { kind: 'DR' } }],
    ['lvs_method TUN csum', { method: { kind: 'TUN' } }],
    [
      'lvs_method TUN type gre csum',
      { method: { kind: 'TUN', tunnel: { type: 'gre', port: 0, checksum: 'csum' } } },
    ],
    [
      'lvs_method TUN type gue port 7\n lvs_method TUN bogus',
      { method: { kind: 'TUN', tunnel: { type: 'gue', port: 7, checksum: 'nocsum' } } },
    ],
    ['protocol sctp\n protocol foo', { protocol: 'SCTP' }],
    ['ops', { onePacket: false }],
    ['protocol UDP\n ops', { onePacket: true }],
    ['sh-port\n lb_algo sh\n sh-fallback\n mh-port', { schedulerFlags: ['flag-1'] }],
    ['alpha 1\n omega off\n ha_suspend no', { alpha: true, omega: true, haSuspend: true }],
    ['quorum 5', { quorum: 1 }],
    ['quorum x', { quorum: 1 }],
    ['weight 9\n quorum 5\n hysteresis 7', { quorum: 5, hysteresis: 4 }],
    ['weight 9\n quorum 5\n hysteresis -1', { quorum: 5, hysteresis: 0 }],
    ['smtp_alert\n smtp_alert maybe', { mail: true }],
    ['persistence_timeout 0', { persistence: undefined }],
    ['persistence_timeout 1x', { persistence: undefined }],
    ['persistence_timeout', { persistence: { timeout: 360_000_000, granularity: 32 } }],
    ['persistence_timeout 2678400', { persistence: { timeout: 2.6784e12, granularity: 32 } }],
    ['persistence_timeout 2678401', { persistence: undefined }],
    [
      'persistence_granularity 255.255.255.0',
      { persistence: { timeout: 360_000_000, granularity: 24 } },
    ],
    // The C library reads a number as an address.
    ['persistence_granularity 24', { persistence: { granularity: '0.0.0.24' } }],
    ['persistence_granularity 0xffff0000', { persistence: { granularity: 16 } }],
    ['persistence_granularity 256.0.0.0', { persistence: undefined }],
    ['nat_mask 255.255.255.0\n lvs_id x', { protocol: 'TCP' }],
  ])('%j', (lines, expected) => {
    expect(virtual(lines)).toMatchObject(expected);
  });

  it('with port 0 is persistent', () => {
    expect(virtual('lb_kind DR', '10.9.0.100 0')).toMatchObject({
      service: { port: 0 },
      persistence: { timeout: 360_000_000 },
      realServers: [{ port: 0 }],
    });
    expect(virtual('persistence_timeout 50', '10.9.0.100').persistence?.timeout).toBe(50_000_000);
  });

  it('of a firewall mark has no protocol, keeps ops, and clears ha_suspend and unused ports', () => {
    expect(virtual('ops\n ha_suspend\n lb_kind DR', 'fwmark 5')).toMatchObject({
      name: 'FWM 5',
      protocol: undefined,
      onePacket: true,
      haSuspend: false,
      family: 4,
      realServers: [{ port: 0 }],
    });
  });

  it.each([
    ['foo 80', `${REAL}`],
    ['10.9.0.100 x', `${REAL}`],
    ['10.9.0.100 65536', `${REAL}`],
    ['fwmark 0', `${REAL}`],
    ['group nobody', `${REAL}`],
    ['10.9.0.100 80', 'sorry_server 10.9.0.8 80'],
    ['10.9.0.100 80', 'real_server fd00::1 80 {\n}'],
    // A prefix length makes it IPv6 before the first address.
    ['fwmark 5', `persistence_granularity 24\n${REAL}`],
  ])('%s with %j is ignored, and the daemon runs', (head, lines) => {
    const { virtualServers, findings, outcome } = read(`virtual_server ${head} {\n${lines}\n}`);
    expect(virtualServers).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
    expect(outcome).toBe('runs');
  });

  it.each([
    'virtual_server {\n}',
    'virtual_server group {\n}',
    'virtual_server fwmark {\n}',
    'virtual_server_group g a b {\n10.0.0.1 80\n}',
    `virtual_server 10.9.0.100 80 {\nquorum\n${REAL}\n}`,
    `virtual_server 10.9.0.100 80 {\nquorum_up\n${REAL}\n}`,
    'virtual_server 10.9.0.100 80 {\nreal_server {\n}\n}',
  ])('%j is refused: keepalived ends', (text) => {
    expect(read(text).outcome).toBe('refused');
  });

  it('given twice is one, with the real servers of both; a mark is one per family', () => {
    const lines = `protocol TCP\nlb_algo rr\n${REAL}`;
    const two =
      'protocol TCP\nlb_algo sh\nreal_server 10.9.0.9 80 {\n}\nreal_server 10.9.0.8 80 {\n}';
    const address = 'virtual_server 10.9.0.100 80';
    const { virtualServers } = read(
      `${address} {\n${lines}\n}\n${address} {\n${two}\n}\n` +
        `virtual_server fwmark 5 {\n${REAL}\n}\nvirtual_server fwmark 5 {\nreal_server fd00::1 80 {\n}\n}`,
    );
    expect(virtualServers).toMatchObject([
      { scheduler: 'rr', realServers: [{ address: '10.9.0.9' }, { address: '10.9.0.8' }] },
      { name: 'FWM 5', family: 4 },
      { name: 'FWM 5 inet6', family: 6 },
    ]);
  });
});

describe('real_server', () => {
  it.each([
    ['weight 2147483647', { weight: 2_147_483_647 }],
    ['weight 3x', { weight: 3 }],
    ['weight 2147483648', { weight: 1 }],
    ['weight -1', { weight: 1 }],
    ['uthreshold 9\n lthreshold 4', { upperThreshold: 9, lowerThreshold: 4 }],
    ['inhibit_on_failure maybe', { inhibit: false }],
    ['inhibit_on_failure', { inhibit: true }],
    ['notify_up "/bin/a b"\n notify_up /bin/c', { notifyUp: { argv: ['/bin/a', 'b'] } }],
    ['lb_kind DR', { method: { kind: 'NAT' } }],
  ])('%j', (lines, expected) => {
    expect(real(lines)).toMatchObject(expected);
  });

  it('takes the port of the virtual server, and only NAT allows another port', () => {
    const ports = (lines: string) => virtual(lines).realServers.map(({ port }) => port);
    expect(ports('real_server 10.9.0.7 {\n}\nreal_server 10.9.0.6 8080 {\n}')).toEqual([
      80, 8080, 80,
    ]);
    expect(ports('lb_kind DR\nreal_server 10.9.0.6 8080 {\n}')).toEqual([80, 80]);
  });

  it('takes the forwarding method above it, or else the last one', () => {
    const methods = (lines: string) =>
      virtual(lines).realServers.map(({ method: { kind } }) => kind);
    expect(methods(`real_server 10.9.0.7 80 {\n}\nlb_kind DR`)).toEqual(['DR', 'DR']);
    expect(methods(`lb_kind NAT\nreal_server 10.9.0.7 80 {\n}\nlb_kind DR`)).toEqual(['NAT', 'DR']);
  });

  it('given twice counts once; another family needs a tunnel', () => {
    const addresses = (lines: string) => virtual(lines).realServers.map(({ address }) => address);
    expect(addresses(REAL)).toEqual(['10.9.0.9']);
    expect(addresses('real_server fd00::1 80 {\n}')).toEqual(['10.9.0.9']);
    expect(addresses('real_server fd00::1 80 {\n lvs_method TUN\n}')).toEqual([
      'fd00::1',
      '10.9.0.9',
    ]);
  });
});

describe('sorry_server', () => {
  it.each([
    ['sorry_server foo', undefined],
    ['sorry_server fd00::1 80', undefined],
    ['sorry_server_inhibit\n sorry_server 10.9.0.8', { port: 0, inhibit: false }],
    ['sorry_server 10.9.0.8\n sorry_server_inhibit', { port: 0, inhibit: true }],
    ['sorry_server 10.9.0.8 81\n sorry_server_lvs_method DR', { port: 80, method: { kind: 'DR' } }],
    // The weight of the real server with the same address.
    ['sorry_server 10.9.0.9 80\n sorry_server_inhibit', { inhibit: false }],
  ])('%j', (lines, expected) => {
    const { sorryServer } = virtual(lines);
    if (expected === undefined) expect(sorryServer).toBeUndefined();
    else expect(sorryServer).toMatchObject(expected);
  });
});

describe('virtual_server_group', () => {
  const entries = (...lines: string[]) =>
    read(`virtual_server_group g {\n${lines.join('\n')}\n}`).groups[0]?.entries;

  it.each([
    ['10.0.0.1', '10.0.0.1', '10.0.0.1', 0],
    ['10.0.0.1 0', '10.0.0.1', '10.0.0.1', 0],
    ['10.0.0.1-5 80', '10.0.0.1', '10.0.0.5', 80],
    ['10.0.0.250-10.0.1.3 80', '10.0.0.250', '10.0.1.3', 80],
    ['10.0.0.8/29 80', '10.0.0.8', '10.0.0.15', 80],
    ['10.0.0.1/32 80', '10.0.0.1', '10.0.0.1', 80],
    ['fd00::1-1f 80', 'fd00::1', 'fd00::1f', 80],
    ['fd00::10/124 80', 'fd00::10', 'fd00::1f', 80],
  ])('%s', (line, first, last, port) => {
    expect(entries(line)).toEqual([{ kind: 'addresses', first, last, port }]);
  });

  it.each([
    '10.0.0.1-1',
    '10.0.0.9-5',
    '10.0.0.1-300',
    '10.0.0.9-10.0.0.1',
    '10.0.0.1/29',
    '10.0.0.0/0',
    '10.0.0.0/8',
    '10.0.0.1 x',
    'fd00::1-fffff',
    'foo 80',
    'fwmark 0',
    'fwmark 5 foo',
  ])('%s is ignored', (line) => {
    expect(entries(line, 'fwmark 7 inet')).toEqual([{ kind: 'fwmark', mark: 7, family: 4 }]);
  });

  it('is ignored if it is empty or mixed with a mark of unknown family, and so are its users', () => {
    const user = `virtual_server group g {\n${REAL}\n}`;
    for (const lines of ['', '10.0.0.1 80\nfd00::1 80\nfwmark 5']) {
      const { groups, virtualServers, outcome } = read(
        `virtual_server_group g {\n${lines}\n}\n${user}`,
      );
      expect([groups, virtualServers, outcome]).toEqual([[], [], 'runs']);
    }
  });
});

describe('global_defs and SSL', () => {
  const global = (lines: string) => read(`global_defs {\n${lines}\n}\n`);

  it.each([
    ['lvs_timeouts tcp 0 udp 9', { timeouts: { tcp: undefined, udp: 9_000_000 } }],
    ['lvs_timeouts tcp 9x udp', { timeouts: { tcp: undefined, udp: undefined } }],
    ['lvs_timeouts tcp', { timeouts: { tcp: undefined } }],
    ['lvs_flush_on_stop foo', { flushOnStop: undefined }],
    ['lvs_flush_on_stop VS', { flushOnStop: 'services' }],
    ['rs_init_notifies off', { initNotifies: false }],
    ['lvs_notify_fifo /a\n lvs_notify_fifo /b', { notifyFifo: { path: '/a' } }],
  ])('%j', (lines, expected) => {
    expect(global(lines)).toMatchObject(expected);
  });

  it('takes the whole last SSL block', () => {
    expect(read('SSL {\nca /a\nkey /b\n}\nSSL {\nca /c\nkey\n}').tls).toEqual({
      ca: '/c',
      certificate: undefined,
      key: undefined,
      password: undefined,
    });
  });

  it('takes any mail address that adds no line', () => {
    const { mail } = global('notification_email {\n"Some One <a@b>" x\n"a\rRCPT"\n}').global;
    expect(mail.to).toEqual(['Some One <a@b>', 'x']);
  });

  it.each([
    ['smtp_server 10.0.0.1 99999', { server: undefined }],
    ['smtp_server 10.0.0.1 2525', { server: { host: '10.0.0.1', port: 2525 } }],
    ['smtp_connect_timeout 0', { connectTimeout: 1_000_000 }],
    ['smtp_connect_timeout 2.9', { connectTimeout: 2_000_000 }],
    ['smtp_connect_timeout 4295', { connectTimeout: 30_000_000 }],
    ['smtp_alert on\n smtp_alert_checker maybe', { alertCheckers: true }],
    ['no_email_faults off', { faults: false }],
    ['no_checker_emails off', { checkers: true }],
  ])('%j', (lines, expected) => {
    expect(global(lines).global.mail).toMatchObject(expected);
  });
});

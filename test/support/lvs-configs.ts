/** Random virtual servers with every checker, for the printer and the parser. */
import fc from 'fast-check';
import {
  type CheckConfig,
  type ForwardingMethod,
  type RealServerConfig,
  SCHEDULERS,
  type VirtualServerConfig,
} from '../../src/engine/core/config-check.ts';
import {
  type CheckerConfig,
  type CheckTiming,
  DNS_TYPES,
  type ProbeConfig,
  type ProbeTarget,
} from '../../src/engine/core/config-checker.ts';
import { nameOf } from '../../src/engine/core/resolve-virtual-server.ts';
import { ip, ipFromBytes } from '../../src/net/address.ts';
import { micros, seconds } from '../../src/time.ts';

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const word = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019_-.'), minLength: 1, maxLength: 12 })
  .filter((text) => /^[A-Za-z]/.test(text));
const wild = fc.string({
  unit: fc.constantFrom(..."a{}'#! @~b"),
  minLength: 1,
  maxLength: 8,
});
const command = word.map((name) => ({ argv: [`/bin/${name}`, 'a b'], user: undefined }));
const port = fc.integer({ min: 1, max: 65_535 });
const four = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((raw) => {
  raw[0] = 10;
  return ipFromBytes(raw);
});
const time = (least: number, most: number) => fc.integer({ min: least, max: most }).map(micros);
const hex = (digits: string) =>
  fc
    .string({ unit: fc.constantFrom(...digits), minLength: 2, maxLength: 8 })
    .filter((text) => text.length % 2 === 0);

const method: fc.Arbitrary<ForwardingMethod> = fc.oneof(
  fc.constantFrom({ kind: 'NAT' } as const, { kind: 'DR' } as const, { kind: 'TUN' } as const),
  fc
    .record({
      gue: fc.boolean(),
      number: port,
      checksum: fc.constantFrom('nocsum' as const, 'csum' as const, 'remcsum' as const),
    })
    .map(({ gue, number, checksum }) => ({
      kind: 'TUN' as const,
      tunnel: {
        type: gue ? ('gue' as const) : ('gre' as const),
        port: gue ? number : 0,
        // gre has no remcsum.
        checksum: gue || checksum !== 'remcsum' ? checksum : ('csum' as const),
      },
    })),
);

const target: fc.Arbitrary<ProbeTarget> = fc
  .record({
    address: four,
    port,
    bindAddress: optional(four),
    bindInterface: optional(word),
    bindPort: fc.constantFrom(0, 4_000),
    mark: fc.constantFrom(0, 7),
  })
  .map((checker) => (checker.bindAddress === undefined ? { ...checker, bindPort: 0 } : checker));

const url = fc.record({
  path: word.map((name) => `/${name}`),
  host: optional(word),
  digest: optional(
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 }),
  ),
  status: fc.array(
    fc
      .record({ low: fc.integer({ min: 100, max: 400 }), more: fc.integer({ min: 0, max: 99 }) })
      .map(({ low, more }) => ({ low, high: low + more })),
    { minLength: 1, maxLength: 3 },
  ),
  regex: optional(
    fc.record({
      pattern: fc.constantFrom('ok', 'a+ b$', '"x"|\\d', '^(up|down)#'),
      negate: fc.boolean(),
      flags: fc.constantFrom('', 'i', 'is', 'm', 'u'),
      minOffset: fc.nat(9),
      maxOffset: optional(fc.integer({ min: 9, max: 99 })),
    }),
  ),
});

const probe: fc.Arbitrary<ProbeConfig> = fc.oneof(
  fc.record({ kind: fc.constantFrom('TCP_CHECK' as const), target }),
  fc.record({ kind: fc.constantFrom('PING_CHECK' as const), target }),
  fc.record({
    kind: fc.constant('HTTP_GET' as const),
    target,
    version: fc.constantFrom('1.0' as const, '1.0C' as const, '1.1' as const),
    fastRecovery: fc.boolean(),
    sni: fc.constant(false),
    sniName: fc.constant(undefined),
    urls: fc.array(url, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('SSL_GET' as const),
    target,
    version: fc.constant('1.1' as const),
    fastRecovery: fc.boolean(),
    sni: fc.boolean(),
    sniName: optional(word),
    urls: fc.array(url, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('SMTP_CHECK' as const),
    target,
    helo: word,
  }),
  fc.record({
    kind: fc.constant('DNS_CHECK' as const),
    target,
    type: fc.constantFrom(...DNS_TYPES),
    name: fc.constantFrom('.', 'example.org', 'ab.c.d.'),
  }),
  fc.record({
    kind: fc.constant('UDP_CHECK' as const),
    target,
    payload: optional(hex('0123456789abcdef')),
    reply: optional(fc.oneof(fc.constant(''), hex('09afx'))),
    minReply: fc.nat(9),
    maxReply: fc.integer({ min: 9, max: 255 }),
  }),
  fc.record({ kind: fc.constant('MISC_CHECK' as const), command, dynamic: fc.boolean() }),
  fc.record({
    kind: fc.constant('FILE_CHECK' as const),
    file: fc.constant('f1'),
    weight: fc.record({ value: fc.integer({ min: -9, max: 9 }), reverse: fc.boolean() }),
  }),
);

/** FILE_CHECK has no timing of its own: it takes the settings of the enclosing blocks. */
const FILE_TIMING: CheckTiming = {
  interval: seconds(60),
  timeout: seconds(5),
  fall: 2,
  rise: 1,
  retryDelay: seconds(1),
  warmup: seconds(60),
  initial: 'up',
};

const checker: fc.Arbitrary<CheckerConfig> = fc
  .record({
    probe,
    interval: time(1_000, 9_000_000),
    timeout: time(1_000, 9_000_000),
    fall: fc.integer({ min: 1, max: 5 }),
    retryDelay: time(0, 9_000_000),
    warmup: time(0, 9_000_000),
    initial: fc.constantFrom('up' as const, 'down' as const),
    logAll: fc.boolean(),
  })
  .map(({ probe, logAll, ...timing }) => {
    const urls = probe.kind === 'HTTP_GET' || probe.kind === 'SSL_GET' ? probe : undefined;
    const count = urls?.urls.length ?? 1;
    const rise = urls === undefined || urls.fastRecovery ? 1 : count;
    // The timeout of a script is in whole seconds.
    const timeout =
      probe.kind === 'MISC_CHECK'
        ? seconds(Math.ceil(timing.timeout / 1_000_000))
        : micros(timing.timeout * count);
    const whole = { ...timing, rise, timeout };
    return probe.kind === 'FILE_CHECK'
      ? { timing: FILE_TIMING, logAll: false, probe: probe }
      : { timing: whole, logAll, probe: probe };
  });

/** The lower limit is below the upper one, which must exist. */
const thresholds = fc.constantFrom(
  { upperThreshold: 0, lowerThreshold: 0 },
  { upperThreshold: 9, lowerThreshold: 0 },
  { upperThreshold: 9, lowerThreshold: 4 },
);

const realServer: fc.Arbitrary<RealServerConfig> = fc
  .record({
    address: four,
    port,
    weight: fc.integer({ min: 1, max: 1_000_000_000 }),
    method,
    inhibit: fc.boolean(),
    notifyUp: optional(command),
    notifyDown: optional(command),
    mail: optional(fc.boolean()),
    checkers: fc.array(checker, { maxLength: 3 }),
    limits: thresholds,
  })
  .map(({ limits, ...rest }) => ({ ...rest, ...limits }));

const virtualServer: fc.Arbitrary<VirtualServerConfig> = fc
  .record({
    mark: fc.integer({ min: 1, max: 9 }),
    address: four,
    port,
    byMark: fc.boolean(),
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
    rest: fc.record({
      scheduler: fc.constantFrom(...SCHEDULERS),
      schedulerFlags: fc.subarray(['flag-1', 'flag-2', 'flag-3'] as const),
      method,
      persistence: optional(
        fc.record({
          timeout: fc.integer({ min: 1, max: 999 }).map(seconds),
          granularity: fc.integer({ min: 1, max: 32 }),
        }),
      ),
      omega: fc.boolean(),
      haSuspend: fc.boolean(),
      hysteresis: fc.nat(3),
      quorum: fc.integer({ min: 4, max: 2_147_483_647 }),
      quorumUp: optional(command),
      quorumDown: optional(command),
      mail: optional(fc.boolean()),
      sorryServer: optional(fc.record({ address: four, port, method, inhibit: fc.boolean() })),
      realServers: fc.uniqueArray(realServer, {
        minLength: 1,
        maxLength: 3,
        selector: (server) => server.address,
      }),
    }),
  })
  .map(({ mark, address, port: number, byMark, protocol, rest }) => {
    const service = byMark
      ? ({ kind: 'fwmark', mark } as const)
      : ({ kind: 'address', address, port: number } as const);
    const onePacket = (byMark || protocol === 'UDP') && mark % 2 === 0;
    const fixed = { family: 4 as const, onePacket, alpha: false };
    const own = byMark ? undefined : protocol;
    const whole = { name: nameOf(service, own), service, protocol: own, ...fixed, ...rest };
    return consistent(whole, byMark ? 0 : number);
  });

/** Only values that keepalived does not lower, clear or change. */
function consistent(server: VirtualServerConfig, port: number): VirtualServerConfig {
  const sum = server.realServers.reduce((all, { weight }) => all + weight, 0);
  const quorum = Math.min(server.quorum, sum);
  const placed = <T extends { readonly port: number; readonly method: ForwardingMethod }>(
    item: T,
  ): T => (item.method.kind === 'NAT' ? item : { ...item, port });
  const { sorryServer } = server;
  return {
    ...server,
    quorum,
    hysteresis: Math.min(server.hysteresis, quorum - 1),
    haSuspend: server.haSuspend && server.service.kind === 'address',
    sorryServer: sorryServer && placed(sorryServer),
    realServers: server.realServers.map(placed),
  };
}

export const anyCheckConfig: fc.Arbitrary<CheckConfig> = fc.record({
  virtualServers: fc.uniqueArray(virtualServer, { maxLength: 3, selector: ({ name }) => name }),
  groups: fc.constantFrom(
    [],
    [
      {
        name: 'web farm',
        entries: [
          { kind: 'addresses' as const, first: ip('10.1.0.1'), last: ip('10.1.0.9'), port: 80 },
          { kind: 'addresses' as const, first: ip('10.2.0.1'), last: ip('10.2.0.1'), port: 0 },
          { kind: 'fwmark' as const, mark: 4, family: 4 as const },
          { kind: 'fwmark' as const, mark: 5, family: undefined },
        ],
      },
    ],
  ),
  tls: optional(
    fc.record({
      ca: optional(wild),
      certificate: optional(wild),
      key: optional(wild),
      password: optional(wild),
    }),
  ),
  timeouts: fc.record({
    tcp: optional(fc.integer({ min: 1, max: 999 }).map(seconds)),
    tcpFin: optional(fc.integer({ min: 1, max: 999 }).map(seconds)),
    udp: optional(fc.integer({ min: 1, max: 999 }).map(seconds)),
  }),
  flush: fc.boolean(),
  flushOnStop: optional(fc.constantFrom('all' as const, 'services' as const)),
  notifyFifo: optional(
    fc.record({ path: word.map((name) => `/run/${name}`), script: optional(command) }),
  ),
  initNotifies: fc.boolean(),
});

/** Random whole configurations, every feature of keepalived.conf in them, for the printer and the parser. */
import fc from 'fast-check';
import { nameVmacs, onOwnVmac } from '../../src/engine/core/conf-vmac.ts';
import {
  type DaemonConfig,
  FEATURE_DEFAULTS,
  type VirtualAddress,
  type VrrpInstanceConfig,
} from '../../src/engine/core/config.ts';
import type { ObjectTrack } from '../../src/engine/core/config-track.ts';
import { type IpAddress, ip, ipFromBytes, type Mac } from '../../src/net/address.ts';
import { centiseconds, type Micros, micros, seconds } from '../../src/time.ts';
import { anyCheckConfig } from './lvs-configs.ts';

const word = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019_-.'), minLength: 1, maxLength: 12 })
  .filter((text) => /^[A-Za-z]/.test(text));
/** Names that must be quoted to come back as they are. */
const wild = fc.oneof(
  word,
  fc.string({ unit: fc.constantFrom(...'a{}"\'#! $@~\\b'), minLength: 1, maxLength: 8 }),
);
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const four = bytes(4).map((one) => {
  one[0] = 10;
  return ipFromBytes(one);
});
const linkLocal = bytes(16).map((one) => {
  one.set([0xfe, 0x80]);
  return ipFromBytes(one);
});
const six = bytes(16).map((one) => {
  one.set([0x20, 0x01]);
  return ipFromBytes(one);
});
const optional = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(one, { nil: undefined });
const time = (most: number) => fc.integer({ min: 0, max: most * 1_000_000 }).map(micros);
const count = fc.integer({ min: 0, max: 255 });
const weight = (most: number) =>
  fc.record({ value: fc.integer({ min: -most, max: most }), reverse: fc.boolean() });
const argument = fc.string({
  unit: fc.constantFrom(...'ab/-="\\ $#{'),
  minLength: 1,
  maxLength: 8,
});
const user = fc.record({ user: word, group: optional(word) });
const command = fc.record({
  argv: fc
    .tuple(word, fc.array(argument, { maxLength: 3 }))
    .map(([one, more]) => [`/bin/${one}`, ...more]),
  user: optional(user),
});
const plainCommand = command.map(({ argv }) => ({ argv, user: undefined }));
const interfaceName = fc.string({
  unit: fc.constantFrom(...'abc012.@'),
  minLength: 1,
  maxLength: 15,
});

const address = (of: fc.Arbitrary<IpAddress>, most: number) =>
  fc
    .record({
      address: of,
      length: fc.integer({ min: 0, max: most }),
      // Never the instance's own, which need not be said and is not kept.
      interface: optional(word.map((name) => `x${name}`)),
      scope: optional(
        fc.constantFrom('host' as const, 'link' as const, 'site' as const, 'global' as const),
      ),
      label: optional(word),
      broadcast: optional(fc.oneof(four, fc.constantFrom('+' as const, '-' as const))),
      peer: optional(of),
      track: optional(fc.constant({ kind: 'none' as const })),
    })
    .map((one) => JSON.parse(JSON.stringify(one)) as VirtualAddress);
const unique = <T extends { address: IpAddress }>(one: fc.Arbitrary<T>, minLength: number) =>
  fc.uniqueArray(one, { minLength, maxLength: 4, selector: ({ address: text }) => text });

const notify = fc
  .record({
    master: optional(command),
    backup: optional(command),
    fault: optional(command),
    stop: optional(command),
    deleted: optional(command),
    any: optional(command),
    lowerPriority: optional(command),
    priorityChanges: fc.boolean(),
    smtpAlert: fc.boolean(),
  })
  .map(
    (one) =>
      Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as {
        priorityChanges: boolean;
        smtpAlert: boolean;
      },
  );

const hex = bytes(32).map((one) => Buffer.from(one).toString('hex'));
const hmac = fc
  .record({
    first: hex,
    second: hex,
    activeKey: fc.constantFrom(7, 9),
    antiReplay: fc.constantFrom('time' as const, 'monotonic' as const),
    timeWindow: fc.integer({ min: 1, max: 300 }).map(seconds),
    mode: fc.constantFrom('enforce' as const, 'permissive' as const, 'receive-only' as const),
  })
  .map(({ first, second, ...rest }) => ({
    keys: [
      { id: 7, source: `hex:${first}`, hex: first },
      { id: 9, source: `hex:${second}`, hex: second },
    ],
    ...rest,
  }));

/** As a file can say it: who starts as MASTER preempts, at once. */
function preempting(one: {
  readonly state: 'MASTER' | 'BACKUP';
  readonly priority: number;
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
}): { preempt: boolean; preemptDelay: Micros } {
  const preempt = one.preempt || one.priority === 255 || one.state === 'MASTER';
  const late = one.state === 'MASTER' || !preempt;
  return { preempt, preemptDelay: late ? micros(0) : one.preemptDelay };
}

/** A unicast instance without an interface: everything else says where. */
function homelessly(one: Pick<VrrpInstanceConfig, 'addresses' | 'excluded' | 'source'>) {
  const placed = (list: readonly VirtualAddress[]): VirtualAddress[] =>
    list.map((address) => ({ ...address, interface: address.interface ?? 'x0' }));
  return {
    interface: '',
    source: one.source ?? ip('10.0.0.1'),
    addresses: placed(one.addresses),
    excluded: placed(one.excluded),
    vmac: undefined,
  };
}

function instance(which: 4 | 6, version: 2 | 3): fc.Arbitrary<VrrpInstanceConfig> {
  const own = which === 4 ? four : linkLocal;
  const most = which === 4 ? 32 : 128;
  const base = fc.record({
    name: wild,
    state: fc.constantFrom('MASTER' as const, 'BACKUP' as const),
    interface: interfaceName,
    priority: fc.integer({ min: 1, max: 255 }),
    advertInterval:
      version === 2
        ? fc.integer({ min: 1, max: 255 }).map(seconds)
        : fc.integer({ min: 1, max: 4095 }).map(centiseconds),
    preempt: fc.boolean(),
    preemptDelay: time(1_000),
    accept: fc.boolean(),
    addresses: unique(address(own, most), 1),
    checksum: fc.constantFrom('pseudo-header' as const, 'rfc9568' as const),
    excluded: unique(fc.oneof(address(six, 128)), 0),
    source: optional(own),
    trackSource: fc.boolean(),
    group: optional(fc.constant(which === 4 ? ip('224.0.0.77') : ip('ff02::77'))),
    lowerPrioNoAdvert: fc.boolean(),
    higherPrioSendAdvert: fc.boolean(),
    ownerIgnoreAdverts: fc.boolean(),
    downTimerAdverts: fc.integer({ min: 1, max: 100 }),
    maxAdvertInterval: optional(fc.constant(seconds(255))),
    skipCheckAddresses: fc.boolean(),
    trackPrimary: fc.boolean(),
    notify,
    garp: fc.record({
      delay: time(100),
      repeat: count,
      lowerPrioDelay: time(100),
      lowerPrioRepeat: count,
      refresh: time(100),
      refreshRepeat: count,
    }),
    trackInterfaces: fc.array(fc.record({ interface: interfaceName, weight: weight(253) }), {
      maxLength: 2,
    }),
  });
  const unicast = optional(
    fc.record({
      peers: fc.uniqueArray(
        fc.record({ address: own, minTtl: fc.constant(undefined), maxTtl: fc.constant(undefined) }),
        { maxLength: 3, selector: ({ address: text }) => text },
      ),
      ttl: count,
      checkSource: fc.boolean(),
      faultNoPeer: fc.boolean(),
    }),
  );
  const vmac = optional(
    fc.record({
      interface: word,
      transmitOnBase: fc.constant(true),
      ipvlan: fc.constant(undefined),
      mac: bytes(6).map(
        (one) => [...one].map((b) => b.toString(16).padStart(2, '0')).join(':') as Mac,
      ),
    }),
  );
  const route = word.map((dev) => ({
    family: 4 as const,
    words: ['10.9.0.0/16', 'via', '10.0.0.1', 'dev', dev, 'table', '7'],
    ...(dev.length > 6 ? { track: { kind: 'none' as const } } : {}),
  }));
  const rule = fc.constantFrom(4 as const, 6 as const).map((family) => ({
    family,
    words: ['from', 'all', 'lookup', '7'],
  }));
  return fc
    .record({
      base,
      unicast,
      vmac,
      routes: fc.array(route, { maxLength: 2 }),
      rules: fc.array(rule, { maxLength: 2 }),
      signed: optional(hmac),
      homeless: fc.boolean(),
      authentication: optional(
        fc.record({
          type: fc.constantFrom('PASS' as const, 'AH' as const),
          password: fc.string({
            unit: fc.constantFrom(...'ab"#! \\$'),
            minLength: 1,
            maxLength: 8,
          }),
        }),
      ),
    })
    .map(({ base: own_, signed, authentication, homeless, ...rest }) => ({
      ...FEATURE_DEFAULTS,
      ...own_,
      ...preempting(own_),
      ...rest,
      ...(homeless && which === 4 && rest.unicast !== undefined ? homelessly(own_) : {}),
      vrid: 1,
      version,
      family: which,
      profile: 'rfc9568' as const,
      hmac: version === 3 ? signed : undefined,
      authentication: version === 2 ? authentication : undefined,
    }));
}

const tracked = fc.record({
  scripts: fc.array(
    fc.record({
      name: fc.constant('s1'),
      command: fc.tuple(plainCommand, optional(user)).map(([one, who]) => ({ ...one, user: who })),
      interval: fc.integer({ min: 1_000, max: 9_000_000 }).map(micros),
      timeout: fc.integer({ min: 1_000, max: 9_000_000 }).map(micros),
      rise: fc.integer({ min: 1, max: 9 }),
      fall: fc.integer({ min: 1, max: 9 }),
      weight: weight(253),
      initFail: fc.boolean(),
    }),
    { minLength: 1, maxLength: 1 },
  ),
  files: fc.array(
    fc.record({
      name: fc.constant('f1'),
      path: word.map((one) => `/run/${one}`),
      weight: weight(254),
      initial: optional(
        fc.record({ value: fc.integer({ min: -9, max: 9 }), overwrite: fc.boolean() }),
      ),
    }),
    { minLength: 1, maxLength: 1 },
  ),
  processes: fc.array(
    fc.record({
      name: fc.constant('p1'),
      argv: fc.tuple(word, fc.array(word, { maxLength: 2 })).map(([one, more]) => [one, ...more]),
      match: optional(fc.constantFrom('exact' as const, 'initial' as const, 'partial' as const)),
      fullCommand: fc.boolean(),
      weight: weight(254),
      quorum: fc.integer({ min: 1, max: 9 }),
      quorumMax: optional(fc.integer({ min: 1, max: 9 })),
      forkDelay: time(9),
      terminateDelay: time(9),
    }),
    { minLength: 1, maxLength: 1 },
  ),
});

const uses: fc.Arbitrary<ObjectTrack[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('script' as const, 'file' as const, 'process' as const),
      weight: weight(253),
    }),
    { maxLength: 3 },
  )
  .map((all) => all.map(({ kind, weight: one }) => ({ kind, name: `${kind[0]}1`, weight: one })));

const scheduling = fc.record({
  nice: fc.integer({ min: -20, max: 19 }),
  realTime: optional(fc.integer({ min: 1, max: 99 })),
  realTimeLimit: optional(fc.integer({ min: 2, max: 1_000_000 }).map(micros)),
  noSwap: fc.boolean(),
  cpus: fc.array(fc.integer({ min: 0, max: 1_023 }), { maxLength: 4 }),
});
const fifo = fc.record({ path: word.map((one) => `/run/${one}`), script: optional(command) });
const global = fc.record({
  routerId: optional(wild),
  vrrpVersion: fc.constantFrom(2 as const, 3 as const),
  startupDelay: time(100),
  delayAfterBoot: time(1_200),
  garpInterval: time(60),
  gnaInterval: time(60),
  vrrpNotifyFifo: optional(fifo),
  notifyFifo: optional(fifo),
  scriptUser: optional(user),
  scriptSecurity: fc.boolean(),
  startupScript: optional(fc.record({ command, timeout: time(9) })),
  shutdownScript: optional(fc.record({ command, timeout: time(9) })),
  childWaitTime: time(60),
  dynamicInterfaces: fc.boolean(),
  fifoStatesOnReload: fc.boolean(),
  notifyPriorityChanges: fc.boolean(),
  mail: fc.record({
    to: fc.array(
      word.map((name) => `${name}@example.com`),
      { maxLength: 2 },
    ),
    from: optional(word),
    server: optional(fc.record({ host: word, port: fc.integer({ min: 1, max: 65_535 }) })),
    heloName: optional(word),
    connectTimeout: fc.integer({ min: 1_000, max: 90_000_000 }).map(micros),
    faults: fc.boolean(),
    checkers: fc.boolean(),
    alertCheckers: optional(fc.boolean()),
  }),
  snmp: fc.record({
    keepalived: fc.boolean(),
    checker: fc.boolean(),
    rfcv2: fc.boolean(),
    rfcv3: fc.boolean(),
    traps: fc.boolean(),
    socket: optional(fc.constantFrom('unix:/run/agentx', '/run/x y', 'tcp:localhost:705', '[::1]')),
  }),
  process: fc.record({
    nice: fc.integer({ min: -20, max: 19 }),
    vrrp: scheduling,
    checker: scheduling,
    maxAutoPriority: fc.integer({ min: -1, max: 99 }),
    minAutoPriorityDelay: fc.integer({ min: 1, max: 10_000_000 }).map(micros),
    umask: fc.integer({ min: 0, max: 0o777 }),
    parentName: optional(word),
    vrrpName: optional(word),
    checkerName: optional(word),
    namespace: optional(word),
    instance: optional(word),
    usePidDir: fc.boolean(),
  }),
});

export const anyConfig: fc.Arbitrary<DaemonConfig> = fc
  .record({
    global,
    tracked,
    instances: fc.uniqueArray(
      fc.tuple(fc.oneof(instance(4, 2), instance(4, 3), instance(6, 3)), uses),
      { minLength: 1, maxLength: 3, selector: ([{ name }]) => name },
    ),
    grouped: fc.boolean(),
    group: fc.record({ name: wild, memberWeights: fc.boolean(), notify, tracks: uses }),
    statics: unique(address(four, 32), 0),
    tied: fc.array(fc.subarray(['g1', 'g2']), { minLength: 4, maxLength: 4 }),
    paces: fc.array(
      fc.record({ garpInterval: optional(time(60)), gnaInterval: optional(time(60)) }),
      {
        maxLength: 2,
      },
    ),
    linkDelays: fc.array(fc.record({ interface: word, down: time(255), up: time(255) }), {
      maxLength: 2,
    }),
    check: anyCheckConfig,
  })
  .map(
    ({
      global: defs,
      tracked: objects,
      instances,
      grouped,
      group,
      statics,
      linkDelays,
      check,
      paces,
      tied,
    }) => ({
      global: defs,
      ...objects,
      instances: nameVmacs(
        instances.map(([one, tracks], i) => ({
          ...one,
          vrid: i + 1,
          tracks,
          trackGroups: tied[i + 1] ?? [],
          addresses: one.addresses.map((address) =>
            address.label === undefined ? address : onOwnVmac(address, i + 1),
          ),
        })),
      ),
      syncGroups: grouped
        ? [{ ...group, members: instances.map(([{ name }]) => name), trackInterfaces: [] }]
        : [],
      statics: {
        addresses: statics.map((one) => {
          const [name] = tied[0] ?? [];
          return name === undefined ? one : { ...one, track: { kind: 'group' as const, name } };
        }),
        routes: [],
        rules: [],
      },
      linkDelays,
      garpGroups: paces.map((one, i) => ({ interfaces: [`e${i}`, `f${i}`], ...one })),
      check,
    }),
  );

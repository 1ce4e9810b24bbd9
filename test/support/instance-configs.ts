/** Random instances of keepalived.conf, and values that other blocks share. */
import fc from 'fast-check';
import { FEATURE_DEFAULTS, type VrrpInstanceConfig } from '../../src/engine/core/config.ts';
import type { UnicastConfig, VirtualAddress } from '../../src/engine/core/config-address.ts';
import type { NotifyConfig } from '../../src/engine/core/config-script.ts';
import { family, type IpAddress, ip, ipFromBytes, type Mac } from '../../src/net/address.ts';
import { centiseconds, micros, seconds } from '../../src/time.ts';

export const word = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019_-.'), minLength: 1, maxLength: 12 })
  .filter((text) => /^[A-Za-z]/.test(text));
/** Names that need quotes; a word cannot contain a `"`. */
export const wild = fc.oneof(
  word,
  fc.string({ unit: fc.constantFrom(..."a{}'#! $@~\\b"), minLength: 1, maxLength: 8 }),
);
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
export const four = bytes(4).map((raw) => {
  raw[0] = 10;
  return ipFromBytes(raw);
});
const linkLocal = bytes(16).map((raw) => {
  raw.set([0xfe, 0x80]);
  return ipFromBytes(raw);
});
const six = bytes(16).map((raw) => {
  raw.set([0x20, 0x01]);
  return ipFromBytes(raw);
});
export const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
export const time = (most: number) => fc.integer({ min: 0, max: most * 1_000_000 }).map(micros);
const count = fc.integer({ min: 0, max: 255 });
const repeats = fc.integer({ min: 1, max: 255 });
export const weight = (most: number) =>
  fc.record({ value: fc.integer({ min: -most, max: most }), reverse: fc.boolean() });
const argument = fc.string({
  unit: fc.constantFrom(...'ab/-=\'"\\ $#!{}~@;'),
  maxLength: 8,
});
export const user = fc.record({ user: word, group: optional(word) });
export const command = fc.record({
  argv: fc
    .tuple(word, fc.array(argument, { maxLength: 3 }))
    .map(([name, more]) => [`/bin/${name}`, ...more]),
  user: optional(user),
});
export const plainCommand = command.map(({ argv }) => ({ argv, user: undefined }));
const interfaceName = fc.string({
  unit: fc.constantFrom(...'abc012.@'),
  minLength: 1,
  maxLength: 15,
});

/** Only IPv4 has labels, scopes and broadcasts; a peer leaves no room for a broadcast. */
const address = (of: fc.Arbitrary<IpAddress>) =>
  fc
    .record({
      address: of,
      bits: fc.integer({ min: 0, max: 128 }),
      // Never the interface of the instance, which is the default and is not kept.
      interface: optional(word.map((name) => `x${name}`)),
      scope: optional(
        fc.constantFrom('host' as const, 'link' as const, 'site' as const, 'global' as const),
      ),
      label: optional(word),
      broadcast: optional(four),
      peer: optional(of),
      flags: optional(fc.constantFrom(['home' as const], ['-nodad' as const, 'autojoin' as const])),
      track: optional(fc.constant({ kind: 'none' as const })),
    })
    .map(({ bits, scope, label, broadcast, ...address }) => {
      const isFour = family(address.address) === 4;
      const most = isFour ? 32 : 128;
      const more = { scope, label, broadcast: address.peer === undefined ? broadcast : undefined };
      const length = address.peer === undefined ? Math.min(bits, most) : most;
      const whole = { length, ...address, ...(isFour ? more : {}) };
      return JSON.parse(JSON.stringify(whole)) as VirtualAddress;
    });
/** The same address may stand in a list twice. */
export const addressesOf = (of: fc.Arbitrary<IpAddress>, minLength: number) =>
  fc.array(address(of), { minLength, maxLength: 4 });

export const groupNotify = {
  master: optional(command),
  backup: optional(command),
  fault: optional(command),
  stop: optional(command),
  any: optional(command),
  priorityChanges: fc.boolean(),
  smtpAlert: fc.boolean(),
};
export const notifyOf = (keys: Parameters<typeof fc.record>[0]) =>
  fc
    .record(keys)
    .map(
      (drawn) =>
        Object.fromEntries(
          Object.entries(drawn).filter(([, value]) => value !== undefined),
        ) as unknown as NotifyConfig,
    );
/** A group has fewer scripts than an instance. */
const notify = notifyOf({
  ...groupNotify,
  deleted: optional(command),
  lowerPriority: optional(command),
});

const hex = bytes(32).map((raw) => Buffer.from(raw).toString('hex'));
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

/** A unicast instance without an interface: every address has its own. */
function withoutInterface(drawn: Pick<VrrpInstanceConfig, 'addresses' | 'excluded' | 'source'>) {
  const placed = (list: readonly VirtualAddress[]): VirtualAddress[] =>
    list.map((address) => ({ ...address, interface: address.interface ?? 'x0' }));
  return {
    interface: '',
    source: drawn.source ?? ip('10.0.0.1'),
    addresses: placed(drawn.addresses),
    excluded: placed(drawn.excluded),
    vmac: undefined,
  };
}

export function instance(which: 4 | 6, version: 2 | 3): fc.Arbitrary<VrrpInstanceConfig> {
  const own = which === 4 ? four : linkLocal;
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
    addresses: addressesOf(own, 0),
    checksum: fc.constantFrom('pseudo-header' as const, 'rfc9568' as const),
    excluded: fc.array(fc.oneof(address(four), address(six)), { maxLength: 4 }),
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
      repeat: repeats,
      lowerPrioDelay: time(100),
      lowerPrioRepeat: count,
      refresh: time(100),
      refreshRepeat: repeats,
    }),
    trackInterfaces: fc.uniqueArray(fc.record({ interface: interfaceName, weight: weight(253) }), {
      maxLength: 2,
      selector: ({ interface: name }) => name,
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
      // Its own MAC, which is no multicast MAC; undefined: the MAC of the RFC.
      mac: optional(
        bytes(6).map((raw) => {
          raw[0] = 2;
          return [...raw].map((b) => b.toString(16).padStart(2, '0')).join(':') as Mac;
        }),
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
    words: ['from', 'all', 'table', '7', 'pref', '9'],
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
            unit: fc.constantFrom(..."ab'#! \\$"),
            minLength: 1,
            maxLength: 8,
          }),
        }),
      ),
    })
    .map(({ base: own_, signed, authentication, homeless, ...rest }) =>
      consistent({
        ...FEATURE_DEFAULTS,
        ...own_,
        ...rest,
        ...(homeless && which === 4 && (rest.unicast?.peers.length ?? 0) > 0
          ? withoutInterface(own_)
          : {}),
        vrid: 1,
        version,
        family: which,
        profile: 'rfc9568' as const,
        hmac: version === 3 ? signed : undefined,
        authentication: version === 2 ? authentication : undefined,
      }),
    );
}

function withoutPeers(unicast: UnicastConfig | undefined): UnicastConfig | undefined {
  return unicast?.faultNoPeer === true ? { ...unicast, ttl: 255 } : undefined;
}

/** Removes exclusive settings as keepalived does. */
function consistent(instance: VrrpInstanceConfig): VrrpInstanceConfig {
  const { priority, authentication, unicast } = instance;
  const isAlone = (unicast?.peers.length ?? 0) === 0;
  const state = authentication?.type === 'AH' && priority < 255 ? 'BACKUP' : instance.state;
  const preempt = instance.preempt || priority === 255 || state === 'MASTER';
  return {
    ...instance,
    state,
    preempt,
    preemptDelay: preempt && state === 'BACKUP' ? instance.preemptDelay : micros(0),
    unicast: isAlone ? withoutPeers(unicast) : unicast,
    group: isAlone ? instance.group : undefined,
    trackSource: instance.trackSource && instance.source !== undefined,
    trackInterfaces: instance.trackInterfaces.filter(
      ({ interface: name }) => name !== instance.interface,
    ),
  };
}

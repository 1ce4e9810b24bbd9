/** Random complete configurations with every feature of keepalived.conf, for the printer and the parser. */
import fc from 'fast-check';
import { onOwnVmac, virtualMac } from '../../src/engine/conf/vmac.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../../src/engine/core/config.ts';
import type { ObjectTrack, SyncGroupConfig } from '../../src/engine/core/config-track.ts';
import { nameVmacs } from '../../src/engine/core/vmac-names.ts';
import { groupWithoutWeights, withoutWeights } from '../../src/engine/core/weights.ts';
import { family } from '../../src/net/address.ts';
import { micros, seconds } from '../../src/time.ts';
import {
  addressesOf,
  command,
  four,
  groupNotify,
  instance,
  notifyOf,
  optional,
  plainCommand,
  time,
  user,
  weight,
  wild,
  word,
} from './instance-configs.ts';
import { anyCheckConfig } from './lvs-configs.ts';

const tracked = fc.record({
  scripts: fc.array(
    fc.record({
      name: fc.constant('s1'),
      command: fc
        .tuple(plainCommand, optional(user))
        .map(([program, who]) => ({ ...program, user: who })),
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
      path: word.map((name) => `/run/${name}`),
      weight: weight(254),
      initial: optional(
        fc.record({ value: fc.integer({ min: -9, max: 9 }), overwrite: fc.boolean() }),
      ),
    }),
    { minLength: 1, maxLength: 1 },
  ),
  processes: fc.array(
    fc
      .record({
        name: fc.constant('p1'),
        argv: fc
          .tuple(word, fc.array(word, { maxLength: 2 }))
          .map(([first, more]) => [first, ...more]),
        match: optional(fc.constantFrom('exact' as const, 'initial' as const, 'partial' as const)),
        fullCommand: fc.boolean(),
        weight: weight(254),
        quorum: fc.integer({ min: 1, max: 9 }),
        quorumMax: optional(fc.integer({ min: 9, max: 20 })),
        forkDelay: time(9),
        terminateDelay: time(9),
      })
      // Arguments, and a way to compare them, need the whole command line.
      .map((process) => {
        const match = process.match ?? (process.argv.length > 1 ? ('exact' as const) : undefined);
        return { ...process, match, fullCommand: process.fullCommand || match !== undefined };
      }),
    { minLength: 1, maxLength: 1 },
  ),
});

const uses: fc.Arbitrary<ObjectTrack[]> = fc
  .uniqueArray(
    fc.record({
      kind: fc.constantFrom('script' as const, 'file' as const, 'process' as const),
      weight: weight(253),
    }),
    { maxLength: 3, selector: ({ kind }) => kind },
  )
  .map((all) => all.map(({ kind, weight }) => ({ kind, name: `${kind[0]}1`, weight: weight })));

const scheduling = fc.record({
  nice: fc.integer({ min: -20, max: 19 }),
  realTime: optional(fc.integer({ min: 1, max: 99 })),
  realTimeLimit: optional(fc.integer({ min: 2, max: 1_000_000 }).map(micros)),
  noSwap: fc.boolean(),
  cpus: fc.array(fc.integer({ min: 0, max: 1_023 }), { maxLength: 4 }),
});
const fifo = fc.record({ path: word.map((name) => `/run/${name}`), script: optional(command) });
const scriptTime = fc.integer({ min: 1_000_000, max: 9_000_000 }).map(micros);
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
  startupScript: optional(fc.record({ command, timeout: scriptTime })),
  shutdownScript: optional(fc.record({ command, timeout: scriptTime })),
  childWaitTime: fc.integer({ min: 0, max: 3_600 }).map(seconds),
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
    connectTimeout: fc.integer({ min: 1, max: 90 }).map(seconds),
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
    group: fc.record({
      name: wild,
      memberWeights: fc.boolean(),
      notify: notifyOf(groupNotify),
      tracks: uses,
    }),
    statics: addressesOf(four, 0),
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
      ...consistent(
        nameVmacs(
          instances.map(([instance, tracks], i) => ({
            ...instance,
            state:
              grouped &&
              !instances.every(([{ state, priority }]) => state === 'MASTER' && priority === 255)
                ? 'BACKUP'
                : instance.state,
            vrid: i + 1,
            vmac: instance.vmac && {
              ...instance.vmac,
              mac: instance.vmac.mac ?? virtualMac(i + 1, instance.family),
              // Of two with one name the second gets another name.
              interface: instance.vmac.interface && `${instance.vmac.interface.slice(0, 14)}${i}`,
            },
            tracks,
            trackGroups: tied[i + 1] ?? [],
            // A vmac has addresses of one family only.
            excluded: instance.excluded.map((address) =>
              instance.vmac === undefined || family(address.address) === instance.family
                ? address
                : { interface: instance.interface, ...address },
            ),
            addresses: instance.addresses.map((address) =>
              // An address on the vmac of its instance needs no vmac of its own.
              address.length % 2 === 0 ||
              (instance.vmac !== undefined && address.interface === undefined)
                ? address
                : onOwnVmac(address, instance.vmac?.mac ?? virtualMac(i + 1, instance.family)),
            ),
          })),
        ),
        grouped
          ? [{ ...group, members: instances.map(([{ name }]) => name), trackInterfaces: [] }]
          : [],
      ),
      statics: {
        addresses: statics.map((address) => {
          const [name] = tied[0] ?? [];
          const placed = { interface: 'eth0', ...address };
          return name === undefined
            ? placed
            : { ...placed, track: { kind: 'group' as const, name } };
        }),
        routes: [],
        rules: [],
      },
      linkDelays,
      garpGroups: paces
        .filter((pace) => pace.garpInterval !== undefined || pace.gnaInterval !== undefined)
        .map((pace, i) => ({ interfaces: [`e${i}`, `f${i}`], ...pace })),
      check,
    }),
  );

/** Weights without effect as the parser reads them. */
function consistent(
  instances: readonly VrrpInstanceConfig[],
  groups: readonly SyncGroupConfig[],
): Pick<DaemonConfig, 'instances' | 'syncGroups'> {
  const report = (): void => undefined;
  return {
    instances: withoutWeights(instances, groups, report),
    syncGroups: groups.map((group) => groupWithoutWeights(group, instances, report)),
  };
}

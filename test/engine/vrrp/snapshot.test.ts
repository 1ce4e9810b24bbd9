import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import { type InstanceState, initialState } from '../../../src/engine/vrrp/instance-state.ts';
import type { InterfaceStatus, VrrpEffect, VrrpInput } from '../../../src/engine/vrrp/io.ts';
import { stepRouter } from '../../../src/engine/vrrp/router.ts';
import {
  createRouter,
  nextRouterDeadline,
  type RouterState,
} from '../../../src/engine/vrrp/router-state.ts';
import {
  restore,
  SNAPSHOT_WIDTH,
  type SnapshotFrame,
  snapshot,
} from '../../../src/engine/vrrp/snapshot.ts';
import { newContext } from '../../../src/engine/vrrp/tracking.ts';
import { ip } from '../../../src/net/address.ts';
import { encodeAdvert, VRRP_GROUP } from '../../../src/net/vrrp-packet.ts';
import { type Instant, instant, micros, milliseconds, plus, seconds } from '../../../src/time.ts';
import { beyondSnapshot } from '../../support/beyond-snapshot.ts';
import { BASE, configOf } from '../../support/engine.ts';
import { cases } from '../../support/nightly.ts';

/** Every field of the state, and why a snapshot contains it or not. Add each new field here. */
const FIELDS: Readonly<
  Record<keyof InstanceState, 'encoded' | 'constant' | 'bookkeeping' | 'cache'>
> = {
  name: 'encoded',
  priority: 'encoded',
  wants: 'encoded',
  status: 'encoded',
  source: 'encoded',
  active: 'encoded',
  interval: 'encoded',
  skewInterval: 'encoded',
  deadlines: 'encoded',
  resigned: 'encoded',
  announceRepeat: 'encoded',
  silentSince: 'encoded',
  backOff: 'encoded',
  answered: 'encoded',
  shortest: 'encoded',
  zeroFrom: 'encoded',
  preemptFrom: 'encoded',
  reannouncedAt: 'encoded',
  config: 'constant',
  local: 'constant',
  context: 'constant',
  group: 'constant', // always undefined
  auth: 'constant', // `beyondSnapshot` refuses what would change it
  peers: 'bookkeeping',
  why: 'bookkeeping',
  since: 'bookkeeping',
  transitions: 'bookkeeping',
  tally: 'bookkeeping', // but for `upSince` after a failure
  encoded: 'cache',
};

const OWN = ip('10.0.0.5');
const PEERS = ['10.0.0.2', '10.0.0.5', '10.0.0.9'].map(ip);
const up = (primary4: InterfaceStatus['primary4'], is = true): InterfaceStatus => ({
  name: 'lan',
  up: is,
  primary4,
  primary6: undefined,
});
const STATUSES = [up(OWN), up(OWN, false), up(undefined), up(ip('10.0.0.6'))];
const FRAME: SnapshotFrame = { addresses: [...PEERS, ip('10.0.0.6')], statuses: STATUSES };

const config: fc.Arbitrary<VrrpInstanceConfig> = fc
  .record({
    profile: fc.constantFrom('rfc9568' as const, 'rfc5798' as const, 'rfc3768' as const),
    priority: fc.constantFrom(1, 100, 254, 255),
    preempt: fc.boolean(),
    preemptDelay: fc.constantFrom(micros(0), seconds(4)),
    skipCheckAddresses: fc.boolean(),
    higherPrioSendAdvert: fc.boolean(),
    trackPrimary: fc.boolean(),
    announces: fc.boolean(),
  })
  .map(({ announces, ...settings }) => ({
    ...BASE,
    ...settings,
    version: settings.profile === 'rfc3768' ? 2 : 3,
    garp: {
      ...BASE.garp,
      delay: announces ? milliseconds(700) : micros(0),
      lowerPrioRepeat: announces ? 2 : 0,
      lowerPrioDelay: announces ? milliseconds(300) : micros(0),
      refresh: announces ? milliseconds(1_100) : micros(0),
    },
  }));

type Step = Readonly<
  | { kind: 'wait'; for: number }
  | { kind: 'deadline'; late: number }
  | { kind: 'status'; index: number }
  | { kind: 'hear'; from: number; priority: number; interval: number; other: boolean }
  | { kind: 'restart' }
  | { kind: 'sending'; works: boolean }
>;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('deadline' as const),
      late: fc.constantFrom(0, 0, 0, 300, 2_000_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      for: fc.integer({ min: 0, max: 900_000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('hear' as const),
      from: fc.nat(2),
      priority: fc.constantFrom(0, 1, 100, 101, 255),
      interval: fc.constantFrom(100_000, 1_000_000),
      other: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('status' as const), index: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('sending' as const), works: fc.boolean() }),
  },
);

/** The inputs of a step with their times, equal for both routers. */
function inputsOf(
  step: Step,
  router: RouterState,
  now: Instant,
): { at: Instant; inputs: VrrpInput[] } {
  switch (step.kind) {
    case 'wait':
      return { at: plus(now, micros(step.for)), inputs: [] };
    case 'deadline': {
      const next = nextRouterDeadline(router) ?? now;
      return { at: plus(next > now ? next : now, micros(step.late)), inputs: [{ kind: 'wake' }] };
    }
    case 'status':
      return {
        at: now,
        inputs: [{ kind: 'interface', status: STATUSES[step.index] as InterfaceStatus }],
      };
    case 'sending':
      return { at: now, inputs: [] };
    case 'restart':
      return { at: now, inputs: [{ kind: 'shutdown' }, { kind: 'startup' }] };
    case 'hear': {
      const source = PEERS[step.from] ?? OWN;
      const destination = VRRP_GROUP[4];
      const { version } = router.instances[0]?.config ?? BASE;
      const advert = {
        version,
        family: 4 as const,
        vrid: 51,
        priority: step.priority,
        interval: micros(version === 2 ? 1_000_000 : step.interval),
        addresses: [ip(step.other ? '10.0.0.101' : '10.0.0.100')],
        authType: 0 as const,
      };
      const message = encodeAdvert(advert, { source, destination }, 'pseudo-header');
      return {
        at: now,
        inputs: [
          { kind: 'packet', interface: 'lan', family: 4, source, destination, ttl: 255, message },
        ],
      };
    }
  }
}

function feed(router: RouterState, input: VrrpInput, now: Instant, sends = true): VrrpEffect[] {
  const effects: VrrpEffect[] = [];
  stepRouter(router, input, now, (effect) => {
    effects.push(effect);
    return sends || effect.kind !== 'send';
  });
  return effects;
}

function rowOf(router: RouterState, now: Instant): Int32Array {
  const row = new Int32Array(SNAPSHOT_WIDTH);
  snapshot(router.instances[0] as InstanceState, now, FRAME, row, 0);
  return row;
}

/** A copy of this router in another process, at another time of day. */
function twinOf(router: RouterState, now: Instant, later: number): RouterState {
  const twin = createRouter(router.config);
  twin.started = router.started;
  for (const [name, status] of router.statuses) twin.statuses.set(name, status);
  for (const [name, link] of router.context.links) twin.context.links.set(name, link);
  restore(
    twin.instances[0] as InstanceState,
    plus(now, micros(later)),
    FRAME,
    rowOf(router, now),
    0,
  );
  return twin;
}

describe('a snapshot', () => {
  it('has a place for every field of the state', () => {
    expect(Object.keys(initialState(BASE, newContext())).sort()).toEqual(
      Object.keys(FIELDS).sort(),
    );
  });

  it('decides the future: a restored router behaves like the original, at any time', () => {
    fc.assert(
      fc.property(
        config,
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.constantFrom(micros(0), seconds(2)),
        (instance, steps, later, startupDelay) => {
          const plain = configOf(instance);
          const router = createRouter({ ...plain, global: { ...plain.global, startupDelay } });
          let sends = true;
          let now = instant(5_000_000);
          const then = (): Instant => plus(now, micros(later));
          feed(router, { kind: 'interface', status: STATUSES[0] as InterfaceStatus }, now);
          feed(router, { kind: 'startup' }, now);
          let twins: RouterState[] = [];
          for (const next of steps) {
            // Each copy runs for a few steps: lost state shows at once or never.
            twins = [...twins.slice(-3), twinOf(router, now, later)];
            if (next.kind === 'sending') sends = next.works;
            const { at, inputs } = inputsOf(next, router, now);
            now = at;
            for (const input of inputs) {
              const effects = feed(router, input, now, sends);
              for (const twin of twins) expect(feed(twin, input, then(), sends)).toEqual(effects);
            }
            for (const twin of twins) expect(rowOf(twin, then())).toEqual(rowOf(router, now));
          }
        },
      ),
      { numRuns: cases(400, 5_000) },
    );
  });

  it('does not depend on the time spent in Backup', () => {
    const rows = [0, 1_000_000].map((since) => {
      const router = createRouter(configOf({ ...BASE, preemptDelay: seconds(1) }));
      feed(router, { kind: 'interface', status: STATUSES[0] as InterfaceStatus }, instant(since));
      feed(router, { kind: 'startup' }, instant(since));
      return rowOf(router, instant(since));
    });
    expect(rows[0]).toEqual(rows[1]);
  });

  it('refuses a router with more state than a snapshot holds', () => {
    expect(beyondSnapshot(BASE)).toBeUndefined();
    expect(beyondSnapshot({ ...BASE, authentication: { type: 'AH', password: 'x' } })).toContain(
      'sequence numbers',
    );
    const tracks = [{ kind: 'file' as const, name: 'f', weight: { value: 1, reverse: false } }];
    expect(beyondSnapshot({ ...BASE, tracks })).toContain('tracked objects');
  });
});

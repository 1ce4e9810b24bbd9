/** The row of numbers itself; `snapshot.test.ts` shows that it decides the future. */
import { describe, expect, it } from 'vitest';
import type { VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import { noDeadlines } from '../../../src/engine/vrrp/deadlines.ts';
import { type InstanceState, initialState } from '../../../src/engine/vrrp/instance-state.ts';
import type { InterfaceStatus } from '../../../src/engine/vrrp/io.ts';
import {
  restore,
  SNAPSHOT_WIDTH,
  type SnapshotFrame,
  snapshot,
} from '../../../src/engine/vrrp/snapshot.ts';
import { newTally } from '../../../src/engine/vrrp/tally.ts';
import { newContext } from '../../../src/engine/vrrp/tracking.ts';
import { type IpAddress, ip } from '../../../src/net/address.ts';
import { instant, micros, seconds } from '../../../src/time.ts';
import { beyondSnapshot } from '../../support/beyond-snapshot.ts';
import { BASE } from '../../support/engine.ts';

const NOW = instant(50_000_000);
const NEVER = -0x8000_0000;
const [A, B, C] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(ip);
const up = (is: boolean): InterfaceStatus => ({
  name: 'lan',
  up: is,
  primary4: A,
  primary6: undefined,
});
const STATUSES = [up(true), up(false)];
const FRAME: SnapshotFrame = {
  addresses: [A, B, C].flatMap((address) => address ?? []),
  statuses: STATUSES,
};

const fresh = (change: Partial<VrrpInstanceConfig> = {}): InstanceState =>
  initialState({ ...BASE, ...change }, newContext());
const nowAnd = (length: number) => instant(NOW + length);

const answers = (
  ...given: readonly (readonly [IpAddress | undefined, number])[]
): InstanceState['answered'] =>
  given.flatMap(([source, since]) =>
    source === undefined ? [] : [{ source, at: nowAnd(-since) }],
  );

/** All fields set to distinct values. */
const full = (change: Partial<VrrpInstanceConfig> = {}): InstanceState =>
  Object.assign(fresh(change), {
    name: 'MASTER',
    priority: 77,
    wants: true,
    status: STATUSES[1],
    source: B,
    active: C,
    interval: seconds(2),
    skewInterval: seconds(3),
    deadlines: {
      start: nowAnd(1),
      down: nowAnd(2),
      advert: nowAnd(-3),
      announce: nowAnd(4),
      answer: nowAnd(10),
      refresh: nowAnd(6),
      retry: nowAnd(7),
    },
    resigned: C,
    announceRepeat: 5,
    preemptFrom: nowAnd(8),
    reannouncedAt: nowAnd(-9),
    answered: answers([C, 14], [A, 15]),
    shortest: micros(800_000),
    zeroFrom: nowAnd(16),
    silentSince: nowAnd(-11),
    backOff: seconds(12),
    tally: { ...newTally(), upSince: nowAnd(-13) },
  } satisfies Partial<InstanceState>);

const rowOf = (state: InstanceState): number[] => {
  const row = new Int32Array(SNAPSHOT_WIDTH + 2).fill(-99);
  snapshot(state, NOW, FRAME, row, 1);
  expect([row[0], row.at(-1)]).toEqual([-99, -99]);
  return [...row.slice(1, -1)];
};

describe('a row', () => {
  it('has every field in its position, deadlines relative to now', () => {
    expect(rowOf(full({ skipCheckAddresses: true }))).toEqual([
      2, 77, 1, 1, 1, 2, 2_000_000, 3_000_000, 1, 2, 2, -3, 4, 5, 6, 7, 8, 9, 10, -11, 12_000_000,
      -13, 16, 800_000, 0, 15, 2, 14, -1, 0, -1, 0,
    ]);
  });

  it('marks everything as unknown for a router that has not started', () => {
    const none = [1_000_000, -1, 0, -1, 0, -1, 0, -1, 0];
    const still = [
      NEVER,
      NEVER,
      -1,
      NEVER,
      NEVER,
      0,
      NEVER,
      NEVER,
      0,
      0,
      NEVER,
      NEVER,
      0,
      NEVER,
      0,
      ...none,
    ];
    expect(rowOf(fresh())).toEqual([0, 100, 0, -1, -1, -1, 1_000_000, 1_000_000, ...still]);
  });

  it('omits state that can no longer have an effect', () => {
    // The Active matters only if its address list was checked; repeats only if some are still to come.
    expect(rowOf(full())[5]).toBe(-1);
    expect(rowOf({ ...full(), deadlines: noDeadlines() })[13]).toBe(0);
    expect(rowOf({ ...full(), preemptFrom: nowAnd(-8) })[16]).toBe(0);
    // A Backup answers no loser, and the limit ends after an interval without answers.
    expect(rowOf({ ...full(), name: 'BACKUP' }).slice(0, 1)).toEqual([1]);
    expect(rowOf({ ...full(), name: 'BACKUP' })[17]).toBe(0);
    expect(rowOf({ ...full(), reannouncedAt: nowAnd(-7_000_000) })[17]).toBe(1_000_000);
    expect(rowOf(full({ garp: { ...BASE.garp, lowerPrioRepeat: 0 } })).slice(17, 19)).toEqual([
      0,
      NEVER,
    ]);
    // The time without failure matters only after a failure, until the failure is forgotten.
    expect(rowOf({ ...full(), backOff: micros(0) })[21]).toBe(NEVER);
    const long = { ...newTally(), upSince: nowAnd(-900_000_000) };
    const longer = { ...newTally(), upSince: nowAnd(-950_000_000) };
    expect(rowOf({ ...full(), tally: long })).toEqual(rowOf({ ...full(), tally: longer }));
  });

  it.each(['INIT', 'BACKUP', 'MASTER', 'FAULT'] as const)('restores %s', (name) => {
    const state: InstanceState = { ...full({ skipCheckAddresses: true }), name };
    const row = Int32Array.from([0, ...rowOf(state)]);
    const twin = fresh({ skipCheckAddresses: true });
    restore(twin, NOW, FRAME, row, 1);
    // Only an Active answers losers.
    const none = { answered: [], shortest: seconds(1), zeroFrom: NOW };
    const quiet =
      name === 'MASTER'
        ? { answered: answers([A, 15], [C, 14]) }
        : { reannouncedAt: NOW, deadlines: { ...state.deadlines, answer: undefined }, ...none };
    expect(twin).toEqual({ ...state, config: twin.config, ...quiet });
  });

  it('restores a router that has not started, at another time', () => {
    const row = Int32Array.from(rowOf(fresh()));
    const twin = full();
    restore(twin, instant(9), FRAME, row, 0);
    expect(rowOf(twin)).toEqual([...row]);
    expect(twin.deadlines.down).toBeUndefined();
    expect(twin.preemptFrom).toBe(9);
  });
});

describe('a router that a row cannot hold', () => {
  const weight = { value: 0, reverse: false };
  it.each([
    [{}, undefined],
    [{ authentication: { type: 'PASS', password: 'x' } }, undefined],
    [
      { authentication: { type: 'AH', password: 'x' } },
      'remembers the sequence numbers of its peers',
    ],
    [{ hmac: { mode: 'enforce' } }, 'remembers the sequence numbers of its peers'],
    [{ tracks: [{ kind: 'file', name: 'x', weight }] }, 'depends on tracked objects'],
    [{ trackInterfaces: [{ interface: 'wan', weight }] }, 'depends on tracked objects'],
    [{ trackGroups: ['x'] }, 'depends on tracked objects'],
  ])('%o', (change, why) => {
    const config = { ...BASE, ...(change as Partial<VrrpInstanceConfig>) };
    expect(beyondSnapshot(config)).toBe(why);
  });

  it('is refused for the number of all its tracked objects', () => {
    const three = { tracks: [], trackInterfaces: [], trackGroups: ['a', 'b'] };
    expect(beyondSnapshot({ ...BASE, ...three })).toBe('depends on tracked objects');
  });
});

/**
 * Bounds of invariants to the microsecond: the bound itself is allowed, one microsecond more is not (S6 is in
 * dual.test.ts, too). The numbers are the formulas of the docstrings, checked by hand, for three routers 200, 150, 100 at 1 s with D- = 0, D+ = 2 ms, g = 1 ms and a few
 * microseconds in which a real time is rounded.
 */
import { expect, it } from 'vitest';
import { calm, routerFacts, Stream } from '../../support/election.ts';
import { CHECK, checked, crashed, newcomer } from '../../support/elections.ts';

/** The checked service fails at 9.5 s; the second failing run ends at 11.1 s. */
function broken(): Stream {
  return checked().change(9_500, { kind: 'check-cause', router: 0, broken: true });
}

/** It works again at 20.5 s. */
function healed(): Stream {
  const s = broken().check(10_000, 0, false).check(11_000, 0, false).verdict(11_100, 0, false);
  return s.change(20_500, { kind: 'check-cause', router: 0, broken: false });
}

/** A script without weight: 200 is in FAULT from 11.1 s on. */
function faulty(): Stream {
  const s = new Stream({ check: { ...CHECK, fall: 1, weight: 0 } });
  for (const r of [0, 1, 2]) {
    s.process(0, r, 'start').role(0, r, 'INIT', 'start');
    s.verdict(100, r, true).role(100, r, 'BACKUP', 'recovered');
  }
  s.takes(3_320, 0).adverts(4_320, 11_000, 0).verdict(11_100, 0, false);
  return s.advert(11_100, 0, [1, 2], 0).role(11_100, 0, 'FAULT', 'tracked-object');
}

const OWNER = { routers: [routerFacts(255), routerFacts(100)] };

interface Edge {
  readonly id: string;
  readonly what: string;
  /** Adds the event after `ms`. */
  readonly after: (ms: number) => Stream;
  /** The bound (us). */
  readonly least?: number;
  readonly most?: number;
}

const EDGES: readonly Edge[] = [
  {
    id: 'S2',
    what: 'M_150 after its last advert',
    after: (ms) => crashed().takes(9_221 + ms, 1),
    least: 3_414_061,
  },
  {
    id: 'S3',
    what: 'an interval and g between two adverts',
    after: (ms) => calm(9_300).adverts(9_220 + ms, 30_000, 0),
    most: 1_001_002,
  },
  {
    id: 'S6',
    what: 'the worse Active came first: D+ and g',
    after: (ms) =>
      new Stream()
        .start(0, 1)
        .start(0, 2)
        .takes(3_414.5, 1)
        .start(4_000, 0)
        .takes(7_219, 0)
        .yields(7_219 + ms, 1),
    most: 3_000,
  },
  {
    id: 'S6',
    what: 'it came second and is answered: twice D+ and g',
    after: (ms) =>
      calm(9_300)
        .takes(9_500, 1)
        .yields(9_500 + ms, 1),
    most: 6_000,
  },
  {
    id: 'S7',
    what: 'the addresses go with the role: g',
    after: (ms) =>
      calm(9_300)
        .role(9_500, 0, 'BACKUP')
        .change(9_500 + ms, { kind: 'withdraw', virtual: 0, router: 0 }),
    most: 1_000,
  },
  {
    id: 'S7',
    what: 'and are announced: g',
    after: (ms) =>
      crashed()
        .change(12_635.5, { kind: 'install', virtual: 0, router: 1 })
        .role(12_635.5, 1, 'MASTER', 'no-response')
        .change(12_635.5 + ms, { kind: 'announce', virtual: 0, router: 1, count: 1 }),
    most: 1_000,
  },
  {
    id: 'S7',
    what: 'and not after they are gone: g',
    after: (ms) =>
      calm(9_300)
        .yields(9_500, 0)
        .change(9_500 + ms, { kind: 'announce', virtual: 0, router: 0, count: 1 }),
    most: 1_000,
  },
  {
    id: 'L2',
    what: 'after a crash: M_150 - AI - g to M_150 + D+ + g',
    after: (ms) => crashed().takes(9_500 + ms, 1),
    least: 2_413_059,
    most: 3_417_064,
  },
  {
    id: 'L3',
    what: 'after a stop: S_150 to S_150 + D+ + g',
    after: (ms) =>
      calm(9_300)
        .stop(9_500, 0)
        .takes(9_500 + ms, 1, 'priority-zero'),
    least: 414_061,
    most: 417_064,
  },
  {
    id: 'L4',
    what: 'after a better one started: M_200 to M_200 + 2 g',
    after: (ms) =>
      newcomer()
        .adverts(10_414.5, 20_000, 1)
        .takes(10_000 + ms, 0),
    least: 3_218_748,
    most: 3_220_752,
  },
  {
    id: 'L5',
    what: 'an owner at once: g',
    after: (ms) => new Stream(OWNER).start(0, 0).takes(ms, 0),
    most: 1_002,
  },
  {
    id: 'L6',
    what: 'after a drop of priority: as after a crash',
    after: (ms) =>
      checked()
        .change(10_100, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 140 })
        .takes(10_100 + ms, 1),
    least: 2_413_059,
    most: 3_417_064,
  },
  {
    id: 'L7',
    what: 'after its link went: as after a crash',
    after: (ms) => {
      const s = calm(9_300).change(9_500, { kind: 'link', router: 0, up: false });
      s.change(9_500, { kind: 'withdraw', virtual: 0, router: 0 });
      return s.role(9_500, 0, 'FAULT', 'interface-down').takes(9_500 + ms, 1);
    },
    least: 2_413_059,
    most: 3_417_064,
  },
  {
    id: 'L7',
    what: 'after its script failed: as after a stop, and g',
    after: (ms) => faulty().takes(11_100 + ms, 1, 'priority-zero'),
    least: 414_061,
    most: 418_064,
  },
  {
    id: 'H1',
    what: 'down: an interval to two and the timeout of the second run',
    after: (ms) => broken().verdict(9_500 + ms, 0, false),
    least: 998_998,
    most: 2_502_002,
  },
  {
    id: 'H2',
    what: 'up: as long',
    after: (ms) => healed().verdict(20_500 + ms, 0, true),
    least: 998_998,
    most: 2_502_002,
  },
  {
    id: 'H7',
    what: 'F I + O + M_150 + D+ + 4 g',
    after: (ms) =>
      broken()
        .check(10_000, 0, false)
        .check(11_000, 0, false)
        .verdict(11_100, 0, false)
        .takes(9_500 + ms, 1),
    most: 5_920_064,
  },
];

it.each(EDGES)('$id: $what', ({ id, after, least, most }) => {
  const countAt = (us: number): number => after(us / 1_000).judge(30_000, id).length;
  if (least !== undefined) expect([countAt(least - 1), countAt(least)]).toEqual([1, 0]);
  if (most !== undefined) expect([countAt(most), countAt(most + 1)]).toEqual([0, 1]);
});

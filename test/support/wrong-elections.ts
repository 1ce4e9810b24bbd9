/**
 * For every invariant, elections that it must refuse: they violate only that rule, or at least that rule. By id, each
 * with a short description of the error.
 */
import { seconds } from '../../src/time.ts';
import { calm, routerFacts, Stream } from './election.ts';
import {
  CHECK,
  checked,
  crashed,
  fault,
  merge,
  newcomer,
  nopreempt,
  preemption,
  TIMES,
  weight,
} from './elections.ts';

type Wrong = readonly (readonly [what: string, make: () => Stream, until?: number])[];

function linkPulled(): Stream {
  const s = calm(9_300).change(9_500, { kind: 'link', router: 0, up: false });
  s.change(9_500, { kind: 'withdraw', virtual: 0, router: 0 });
  return s.role(9_500, 0, 'FAULT', 'interface-down');
}

/** Two virtual routers in one sync group. */
function group(): Stream {
  const s = new Stream({ virtuals: 2 }).boot();
  s.takes(3_220, 0).role(3_220, 0, 'MASTER', 'sync-group', 1);
  return s.change(3_220, { kind: 'install', virtual: 1, router: 0 });
}

/** `router` announces the addresses as its own, and all clients update their entries. */
function deceived(s: Stream, ms: number, router: number): Stream {
  s.change(ms, { kind: 'announce', virtual: 0, router, count: 1 });
  return s.learn(ms + 1, router);
}

function flapping(times: number): Stream {
  return flaps(calm(10_000), times);
}

function flaps(s: Stream, times: number): Stream {
  for (let i = 0; i < times; i++)
    s.role(10_000 + 20 * i, 1, 'MASTER', 'no-response').role(10_010 + 20 * i, 1, 'BACKUP', '');
  return s;
}

function flips(): Stream {
  const s = checked();
  s.verdict(10_100, 0, false);
  s.change(10_100, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 140 });
  s.role(10_110, 0, 'BACKUP', '').role(10_120, 0, 'MASTER', 'no-response');
  return s.role(10_130, 0, 'BACKUP', '');
}

function dip(): Stream {
  const s = checked();
  for (const [ms, priority] of [
    [10_100, 140],
    [10_400, 200],
  ] as const)
    s.change(ms, { kind: 'claimed-priority', virtual: 0, router: 0, priority });
  return s.takes(12_700, 1);
}

/** 3000 adverts, one in a hundred lost for 150; after the first `takeovers` of them it takes over. */
function lossy(takeovers: number): Stream {
  const s = calm(4_000);
  for (let n = 1; n <= 3_000; n++) {
    const ms = 3_220 + n * 1_000;
    if (n % 100 !== 50) s.advert(ms, 0);
    else {
      s.advert(ms, 0, [2], 200, [1]);
      if (n / 100 < takeovers) s.role(ms + 2, 1, 'MASTER', 'no-response').role(ms + 3, 1, 'BACKUP');
    }
  }
  return s;
}

function twoOwners(profile: 'rfc9568' | 'rfc5798'): Stream {
  const routers = [
    routerFacts(255, { name: 'a', address: 9 }),
    routerFacts(255, { name: 'b', address: 3 }),
  ];
  const s = new Stream({ routers, profile });
  for (const r of [0, 1]) s.process(0, r, 'start').role(0, r, 'INIT', 'start').takes(0, r, 'owner');
  return s;
}

/** 150 waits for 5 s before it preempts. */
const DELAYED = [
  routerFacts(200),
  routerFacts(150, { preemptDelay: seconds(5) }),
  routerFacts(100),
];

const equals = [
  routerFacts(150, { name: 'a', address: 9 }),
  routerFacts(150, { name: 'b', address: 3 }),
];

export const WRONG: Readonly<Record<string, Wrong>> = {
  S1: [
    ['yields without another Active', () => calm(12_000).yields(12_000, 0)],
    ['starts as Active without being the owner', () => new Stream().start(0, 0, 'MASTER')],
    [
      'leaves a role that it does not have',
      () =>
        calm(10_000).change(10_000, {
          kind: 'role',
          virtual: 0,
          router: 1,
          from: 'MASTER',
          to: 'BACKUP',
          cause: '',
        }),
    ],
    ['from INIT to INIT', () => new Stream().start(0, 0, 'INIT')],
    ['preempts without a delay', () => calm(9_000).takes(9_500, 1, 'preempted')],
    [
      'preempts a lower Active although it accepts a better one',
      () => calm(9_000, { routers: DELAYED }).advert(9_400, 2, [1]).takes(9_401, 1, 'preempted'),
    ],
    ['becomes Active without a known cause', () => calm(9_000).takes(9_500, 1, 'higher-priority')],
  ],
  S2: [
    ['takes over after one interval', () => crashed().takes(10_500, 1)],
    [
      'takes over before the skew after a priority 0',
      () => calm(9_300).stop(9_500, 0).takes(9_800, 1, 'priority-zero'),
    ],
    [
      'ignores the interval that it learnt',
      () => {
        const routers = [
          routerFacts(200, { interval: seconds(2) }),
          routerFacts(150),
          routerFacts(100),
        ];
        const s = new Stream({ routers }).boot().takes(3_100, 0).adverts(5_100, 9_200, 0);
        return s.crash(9_500, 0).takes(9_101 + TIMES.m150 + 1, 1);
      },
    ],
  ],
  S3: [
    ['a Backup advertises', () => calm(10_000).advert(10_100, 1)],
    ['an Active is silent', () => calm(10_000).advert(13_000, 0)],
    ['an Active stops sending', () => calm(10_000), 14_000],
    ['resigns twice', () => calm(9_300).advert(9_400, 0, [1, 2], 0).stop(9_400, 0)],
    [
      'does not resign when it is stopped',
      () => calm(9_300).role(9_400, 0, 'INIT', 'shutdown'),
      20_000,
    ],
    [
      'stays Active after a pause longer than the timers of its peers',
      () => {
        const s = calm(9_300).change(9_300, { kind: 'process', router: 0, what: 'pause' });
        return s.change(14_300, { kind: 'process', router: 0, what: 'resume' });
      },
      20_000,
    ],
    ['a Backup resigns', () => calm(10_000).advert(9_500, 1, [], 0)],
  ],
  S4: [
    [
      'two Actives hear each other',
      () => calm(20_000).takes(10_000.5, 2).adverts(11_000.5, 20_000, 2, []),
      20_000,
    ],
    ['no router is Active', () => crashed(), 20_000],
    [
      'Active without a link',
      () => calm(20_000).change(9_500, { kind: 'link', router: 0, up: false }),
      20_000,
    ],
  ],
  S5: [
    ['two of three are Active', () => calm(20_000).takes(10_000.5, 2), 20_000],
    ['neither of two is Active', () => crashed(), 20_000],
  ],
  S6: [
    [
      'the better router comes second and the worse one stays',
      () => {
        const s = new Stream().start(0, 1).start(0, 2).takes(3_414.5, 1).start(4_000, 0);
        return s.takes(7_219, 0).yields(7_225, 1);
      },
    ],
    ['the loser is not answered', () => calm(9_300).takes(9_500, 1).yields(9_520, 1)],
    [
      'both stay Active after the path healed',
      () => merge().takes(20_300, 1, '').yields(22_000, 1),
    ],
    ['the overlap lasts to the end', () => calm(9_300).takes(9_500, 1), 9_600],
  ],
  S7: [
    ['no addresses', () => crashed().role(12_635.5, 1, 'MASTER', 'no-response'), 20_000],
    ['keeps its addresses', () => calm(9_300).role(9_500, 0, 'BACKUP', ''), 20_000],
    [
      'keeps its addresses too long',
      () =>
        calm(9_300)
          .role(9_500, 0, 'BACKUP', '')
          .change(9_600, { kind: 'withdraw', virtual: 0, router: 0 }),
    ],
    [
      'does not announce',
      () =>
        crashed()
          .change(12_635.5, { kind: 'install', virtual: 0, router: 1 })
          .role(12_635.5, 1, 'MASTER', 'no-response'),
      20_000,
    ],
    [
      'announces too late',
      () =>
        crashed()
          .change(12_635.5, { kind: 'install', virtual: 0, router: 1 })
          .role(12_635.5, 1, 'MASTER', 'no-response')
          .change(12_700, { kind: 'announce', virtual: 0, router: 1, count: 1 }),
    ],
    [
      'announces addresses before it has them',
      () => calm(20_000).change(9_500, { kind: 'announce', virtual: 0, router: 1, count: 1 }),
      20_000,
    ],
    [
      'announces addresses after it lost them',
      () => preemption().change(18_220, { kind: 'announce', virtual: 0, router: 1, count: 5 }),
      30_000,
    ],
  ],
  S8: [
    ['a client has learnt another router', () => deceived(calm(20_000), 12_000, 2), 20_000],
    ['the winner of a merge does not announce', () => deceived(merge(), 20_300, 1), 40_000],
  ],
  S9: [['resigns and stays', () => calm(12_000).advert(9_500, 0, [], 0), 12_000]],
  S10: [
    ['no owner reports it', () => twoOwners('rfc9568').yields(1, 1, 'higher-address'), 10_000],
    ['an owner yields under RFC 5798', () => twoOwners('rfc5798').yields(1, 1, 'higher-address')],
  ],
  S11: [
    [
      'steps down on a refused packet',
      () => calm(9_300).change(9_500, { kind: 'garbage', virtual: 0, router: 0 }).yields(9_500, 0),
    ],
    [
      'answers a refused packet',
      () => calm(9_300).change(9_500, { kind: 'garbage', virtual: 0, router: 0 }).advert(9_500, 0),
    ],
    [
      'takes over on a refused packet',
      () => calm(9_300).change(9_500, { kind: 'garbage', virtual: 0, router: 1 }).takes(9_500, 1),
    ],
  ],
  S12: [
    [
      'announces before its first advert',
      () =>
        crashed()
          .change(12_610, { kind: 'install', virtual: 0, router: 1 })
          .change(12_610, { kind: 'announce', virtual: 0, router: 1, count: 5 })
          .advert(12_610.4, 1)
          .role(12_610.4, 1, 'MASTER', 'no-response'),
    ],
  ],
  T1: [
    [
      'a Backup becomes Active',
      () => calm(20_000).role(10_000, 1, 'MASTER', 'no-response').role(10_500, 1, 'BACKUP'),
    ],
    ['an Active yields', () => calm(10_000).role(10_000, 0, 'BACKUP'), 12_000],
    [
      'one lost advert is enough',
      () => calm(9_300).advert(10_220, 0, [2], 200, [1]).takes(10_800, 1),
    ],
  ],
  T2: [['eight takeovers for thirty losses', () => lossy(8), 3_010_000]],
  T3: [
    [
      'both Backups take over',
      () => crashed().takes(12_635.5, 1, 'no-response', []).takes(12_830.9, 2),
    ],
  ],
  T4: [['the same roles again and again', () => flapping(4)]],
  T5: [
    ['seven changes without a cause', () => flapping(4)],
    [
      'thirteen changes for two causes in sequence',
      () => flaps(calm(9_990).process(9_990, 2, 'pause').process(9_995, 2, 'resume'), 7),
    ],
  ],
  T6: [
    [
      'a takeover after a step of the clock',
      () =>
        calm(9_300)
          .change(9_500, { kind: 'wall-clock', router: 1 })
          .role(9_500, 1, 'MASTER', 'no-response'),
      12_000,
    ],
  ],
  L1: [
    ['no router takes over', () => crashed(), 20_000],
    ['no router ever becomes Active', () => new Stream().boot(), 20_000],
  ],
  L2: [
    ['too early', () => crashed().takes(11_000, 1)],
    ['too late', () => crashed().takes(13_100, 1)],
    ['never', () => crashed(), 20_000],
  ],
  L3: [
    ['without the skew', () => calm(9_300).stop(9_500, 0).takes(9_600, 1, 'priority-zero')],
    ['after a whole down interval', () => calm(9_300).stop(9_500, 0).takes(12_635.5, 1)],
  ],
  L4: [
    ['never', () => newcomer().adverts(10_414.5, 20_000, 1), 20_000],
    ['too early', () => newcomer().takes(11_000, 0)],
    ['the old Active leaves first', () => newcomer().yields(11_000, 1).takes(13_219, 0)],
  ],
  L5: [
    [
      'an owner waits',
      () =>
        new Stream({ routers: [routerFacts(255), routerFacts(100)] }).start(0, 0).takes(3_000, 0),
    ],
    [
      'and waits',
      () => new Stream({ routers: [routerFacts(255), routerFacts(100)] }).start(0, 0),
      10_000,
    ],
  ],
  L6: [
    [
      'too early',
      () =>
        checked()
          .change(10_100, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 140 })
          .takes(12_000, 1),
    ],
    [
      'never',
      () =>
        checked().change(10_100, {
          kind: 'claimed-priority',
          virtual: 0,
          router: 0,
          priority: 140,
        }),
      20_000,
    ],
    [
      'with a gap',
      () =>
        checked()
          .change(10_100, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 140 })
          .yields(11_000, 0)
          .takes(12_635.5, 1),
    ],
  ],
  L7: [
    ['too late after its link went down', () => linkPulled().takes(13_100, 1)],
    [
      'too late after its script failed',
      () => {
        const s = new Stream({ check: { ...CHECK, fall: 1, weight: 0 } });
        for (const r of [0, 1, 2])
          s.process(0, r, 'start')
            .role(0, r, 'INIT', 'start')
            .verdict(100, r, true)
            .role(100, r, 'BACKUP', 'recovered');
        s.takes(3_320, 0).adverts(4_320, 11_000, 0).verdict(11_100, 0, false);
        return s
          .advert(11_100, 0, [1, 2], 0)
          .role(11_100, 0, 'FAULT', 'tracked-object')
          .takes(14_000, 1);
      },
    ],
  ],
  L8: [
    [
      'resumes as a second Active and stays',
      () => {
        const s = calm(9_300).process(9_500, 0, 'pause').takes(12_635.6, 1, 'no-response', [2]);
        return s.process(13_000, 0, 'resume').adverts(13_001, 25_000, 0, []);
      },
      25_000,
    ],
  ],
  P1: [
    [
      'a router with lower priority stays Active',
      () => new Stream().boot().takes(3_415, 1).adverts(4_415, 20_000, 1),
      20_000,
    ],
  ],
  P2: [
    [
      'a router with lower priority wins among equals',
      () => {
        const s = new Stream({ routers: [...equals, routerFacts(100)] }).boot();
        return s.takes(3_610, 2).adverts(4_610, 20_000, 2);
      },
      20_000,
    ],
    [
      'the higher address yields',
      () => {
        const s = new Stream({ routers: equals }).boot().takes(3_415, 0).takes(3_415, 1);
        return s
          .add(3_417, (to, at) => to.heard(at, 0, 0, 1, 151, seconds(1), true))
          .yields(3_417, 0, 'higher-address');
      },
    ],
  ],
  P3: [
    ['the newcomer takes over', () => nopreempt().takes(13_219, 0)],
    ['the worse Active wins the merge', () => merge().yields(20_230, 0).takes(20_240, 1), 40_000],
  ],
  P4: [
    [
      'an owner stays Backup',
      () => {
        const routers = [routerFacts(255, { preempt: false }), routerFacts(100)];
        return new Stream({ routers }).boot().takes(3_610, 1).adverts(4_610, 20_000, 1);
      },
      20_000,
    ],
  ],
  H1: [
    [
      'after one failure',
      () =>
        checked()
          .check(10_000, 0, true)
          .change(10_500, { kind: 'check-cause', router: 0, broken: true })
          .check(11_000, 0, false)
          .verdict(11_100, 0, false),
    ],
    [
      'never',
      () => checked().change(10_500, { kind: 'check-cause', router: 0, broken: true }),
      20_000,
    ],
  ],
  H2: [
    [
      'never up again',
      () => weight().change(20_500, { kind: 'check-cause', router: 0, broken: false }),
      30_000,
    ],
    [
      'after one success',
      () =>
        weight()
          .change(20_500, { kind: 'check-cause', router: 0, broken: false })
          .verdict(21_100, 0, true),
    ],
  ],
  H3: [
    ['down without a failure', () => checked().verdict(9_500, 0, false)],
    ['the same verdict again', () => checked().verdict(9_500, 0, true)],
  ],
  H4: [
    ['two runs at once', () => checked().check(9_050, 0, true)],
    [
      'a late result counts',
      () => {
        const s = checked().change(10_000, { kind: 'check-started', router: 0 });
        s.change(10_500, { kind: 'check-timed-out', router: 0 });
        s.change(10_600, { kind: 'check-ended', router: 0, ok: false, late: true });
        return s.verdict(10_600, 0, false);
      },
    ],
  ],
  H5: [
    [
      'a claimed priority that is not the sum',
      () =>
        checked().change(9_500, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 170 }),
    ],
    [
      'no FAULT while the script fails',
      () => {
        const s = new Stream({ check: { ...CHECK, weight: 0 } }).boot();
        for (const r of [0, 1, 2]) s.verdict(100, r, true);
        return s.takes(3_320, 0).adverts(4_320, 20_000, 0).verdict(11_100, 0, false);
      },
      20_000,
    ],
  ],
  H6: [
    [
      'adverts keep the old priority',
      () =>
        checked()
          .change(9_500, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 140 })
          .advert(10_220, 0),
    ],
    [
      'does not resign',
      () => {
        const s = new Stream({ check: { ...CHECK, weight: 0 } }).boot();
        for (const r of [0, 1, 2]) s.verdict(100, r, true);
        return s
          .takes(3_320, 0)
          .adverts(4_320, 11_000, 0)
          .verdict(11_100, 0, false)
          .role(11_100, 0, 'FAULT');
      },
      20_000,
    ],
  ],
  H7: [
    [
      'no router takes over',
      () => checked().change(10_500, { kind: 'check-cause', router: 0, broken: true }),
      30_000,
    ],
  ],
  H8: [['one stays behind', () => group().role(9_500, 0, 'BACKUP', '', 1), 12_000]],
  H9: [['three changes for one flip', flips]],
  H10: [
    [
      'a verdict while it is paused',
      () => checked().process(9_500, 0, 'pause').verdict(9_600, 0, false),
    ],
    [
      'two results on resume',
      () => {
        const s = checked().process(9_500, 0, 'pause').process(15_000, 0, 'resume');
        s.change(15_000, { kind: 'check-timed-out', router: 0 });
        return s.change(15_000, { kind: 'check-ended', router: 0, ok: false, late: false });
      },
    ],
  ],
  H11: [['a takeover after 300 ms', dip]],
};

/** For rules about events that the correct elections do not contain: nearly wrong, but correct elections. */
export const NEARLY: Readonly<Record<string, Wrong>> = {
  T1: [
    [
      'three lost adverts are a cause',
      () => {
        const s = calm(9_300);
        for (const ms of [10_220, 11_220, 12_220]) s.advert(ms, 0, [2], 200, [1]);
        return s.takes(9_221 + TIMES.m150 + 0.5, 1);
      },
    ],
  ],
  T2: [['as many losses and no takeover', () => lossy(0), 3_010_000]],
  S1: [
    [
      'preempts the lower Active after its preempt_delay',
      () => {
        const s = new Stream({ routers: DELAYED }).boot();
        return s.takes(3_610, 2).adverts(4_610, 7_000, 2).takes(6_611, 1, 'preempted');
      },
      8_000,
    ],
    [
      'preempts the lower Active after another has resigned',
      () => {
        const s = new Stream({ routers: DELAYED }).boot();
        s.takes(3_610, 2).adverts(4_610, 7_000, 2).advert(6_500, 0, [1], 0);
        return s.takes(6_611, 1, 'preempted');
      },
      8_000,
    ],
  ],
  T4: [['it calms down', () => flapping(1)]],
  T5: [
    ['three times only', () => flapping(2)],
    [
      'two things happen at that instant',
      () => {
        const s = calm(10_000).process(10_000, 1, 'pause').process(10_000, 1, 'resume');
        return flaps(s, 4);
      },
    ],
  ],
  T6: [
    [
      'a step of the clock without a change',
      () => calm(20_000).change(9_500, { kind: 'wall-clock', router: 1 }),
      20_000,
    ],
  ],
  H6: [
    [
      'its priority equals that of the file that it has yet to read',
      () => {
        const routers = [routerFacts(254), routerFacts(150), routerFacts(100)];
        const s = new Stream({ check: { ...CHECK, weight: 60 }, routers }).boot();
        s.process(50, 0, 'pause');
        s.change(60, { kind: 'configured', router: 0, facts: routerFacts(200) });
        s.process(300, 0, 'resume').verdict(300, 0, true);
        return s.takes(3_700, 0).adverts(4_700, 8_000, 0);
      },
      8_000,
    ],
  ],
  S11: [
    [
      'refused',
      () => calm(20_000).change(9_500, { kind: 'garbage', virtual: 0, router: 0 }),
      20_000,
    ],
  ],
  S7: [
    [
      'a killed process cannot remove its addresses',
      () => {
        const killed = calm(9_300).process(9_400, 0, 'stop').role(9_400, 0, 'DOWN', 'killed');
        return killed.start(12_000, 0).yields(12_000.2, 0).takes(15_700, 0);
      },
      16_000,
    ],
  ],
  S12: [
    ['at the same instant', () => crashed().takes(12_610, 1)],
    [
      'an announcement from its last time as Active',
      () =>
        calm(9_300)
          .yields(9_400, 0)
          .change(9_500, { kind: 'announce', virtual: 0, router: 0, count: 5 })
          .takes(12_700, 0),
    ],
  ],
  L7: [['as in the catalogue', fault, 30_000]],
  P4: [
    [
      'an owner with nopreempt',
      () => {
        const s = new Stream({ routers: [routerFacts(255, { preempt: false }), routerFacts(100)] });
        s.start(0, 1).process(0, 0, 'start').role(0, 0, 'INIT').takes(0, 0, 'owner');
        return s.adverts(1_000, 20_000, 0);
      },
      20_000,
    ],
  ],
  P3: [['a newcomer that preempts', preemption, 30_000]],
  H2: [
    [
      'up after two successes',
      () => {
        const s = weight().change(29_500, { kind: 'check-cause', router: 0, broken: false });
        return s.check(30_000, 0, true).check(31_000, 0, true).verdict(31_100, 0, true);
      },
      31_200,
    ],
  ],
  H3: [['as it should be', checked]],
  H4: [
    [
      'a late result is ignored',
      () => {
        const s = checked().change(10_000, { kind: 'check-started', router: 0 });
        s.change(10_500, { kind: 'check-timed-out', router: 0 });
        return s.change(10_600, { kind: 'check-ended', router: 0, ok: true, late: true });
      },
    ],
  ],
  H8: [
    ['both leave', () => group().role(9_500, 0, 'BACKUP', '', 1).role(9_500.5, 0, 'BACKUP'), 9_600],
  ],
  H10: [
    [
      'one result on resume',
      () => {
        const s = checked().process(9_500, 0, 'pause').process(15_000, 0, 'resume');
        return s.change(15_000, { kind: 'check-ended', router: 0, ok: true, late: false });
      },
    ],
  ],
  H11: [
    [
      'a short dip of priority without a takeover',
      () => {
        const s = checked();
        s.change(10_100, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 140 });
        return s.change(10_400, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 200 });
      },
      14_000,
    ],
  ],
};

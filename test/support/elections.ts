/** Correct elections of every kind that the invariants cover: no monitor may report a violation. */
import { milliseconds, seconds } from '../../src/time.ts';
import { calm, routerFacts, Stream } from './election.ts';

/** Times (ms) of three routers 200, 150, 100 at 1 s: down intervals 3218.75, 3414.06, 3609.38. */
export const TIMES = { m200: 3_218.75, m150: 3_414.0625, m100: 3_609.375 } as const;

/** The Active crashes at 9.5 s; its last advert, of 9.22 s, arrived at 9.221 s. The caller adds what follows. */
export function crashed(): Stream {
  return calm(9_300).crash(9_500, 0);
}

/** 150 and 100 run, 150 is Active; the better 200 starts at 10 s. */
export function newcomer(): Stream {
  const s = new Stream().start(0, 1).start(0, 2).takes(3_414.5, 1, 'no-response', [2]);
  return s.adverts(4_414.5, 9_900, 1, [2]).start(10_000, 0);
}

export const CHECK = {
  interval: seconds(1),
  timeout: milliseconds(500),
  fall: 2,
  rise: 2,
  weight: -60,
} as const;

/** 200 is Active with a script that runs every second and never fails; up to 10 s. */
export function checked(): Stream {
  const s = new Stream({ check: CHECK }).boot();
  for (const r of [0, 1, 2]) s.check(0, r, true).verdict(100, r, true);
  for (let ms = 1_000; ms < 10_000; ms += 1_000) s.check(ms, 0, true);
  return s.takes(3_220, 0).adverts(4_220, 10_000, 0);
}

/** The Active crashes, and the next takes over in time. */
export function crash(): Stream {
  const s = crashed();
  const at = 9_221 + TIMES.m150 + 0.5;
  return s.takes(at, 1).adverts(at + 1_000, 25_000, 1, [2]);
}

/** It stops in order: priority 0, and the skew of 150 (414.06 ms) later the next. */
export function stop(): Stream {
  const s = calm(9_300).stop(9_500, 0);
  const at = 9_501 + 414.0625 + 0.5;
  return s.takes(at, 1, 'priority-zero').adverts(at + 1_000, 25_000, 1, [2]);
}

/** Its cable is pulled at 9.5 s and plugged in at 20.5 s. */
export function linkDown(): Stream {
  const s = calm(9_300).change(9_500, { kind: 'link', router: 0, up: false });
  s.change(9_500, { kind: 'withdraw', virtual: 0, router: 0 });
  s.role(9_500, 0, 'FAULT', 'interface-down');
  const at = 9_221 + TIMES.m150 + 0.5;
  s.takes(at, 1).adverts(at + 1_000, 20_400, 1, [2]);
  s.change(20_500, { kind: 'link', router: 0, up: true }).role(20_500, 0, 'BACKUP', 'recovered');
  const back = 20_500 + TIMES.m200 + 0.5;
  s.adverts(20_635.6, back, 1);
  return s
    .takes(back, 0)
    .yields(back + 1, 1)
    .adverts(back + 1_000, 40_000, 0);
}

/** A better router starts at 10 s and preempts. */
export function preemption(): Stream {
  const s = newcomer().adverts(10_414.5, 13_219, 1);
  return s.takes(13_219, 0).yields(13_220, 1).adverts(14_219, 30_000, 0);
}

/** A router with nopreempt starts beside a worse Active and stays Backup. */
export function nopreempt(): Stream {
  const routers = [routerFacts(200, { preempt: false }), routerFacts(150), routerFacts(100)];
  const s = new Stream({ routers }).start(0, 1).start(0, 2);
  s.takes(3_414.5, 1, 'no-response', [2]).adverts(4_414.5, 9_900, 1, [2]);
  return s.start(10_000, 0).adverts(10_414.5, 30_000, 1);
}

/** 200 is cut off from 10 to 20.05 s; both are Active until the better one is heard. */
export function merge(): Stream {
  const s = calm(9_300);
  const cut = (ms: number, reaches: boolean): void => {
    for (const [from, to] of [
      [0, 1],
      [1, 0],
      [0, 2],
      [2, 0],
    ] as const)
      s.change(ms, { kind: 'reach', from, to, reaches });
  };
  cut(9_500, false);
  s.adverts(10_220, 20_000, 0, []);
  const at = 9_221 + TIMES.m150 + 0.5;
  s.takes(at, 1, 'no-response', [2]).adverts(at + 1_000, 20_050, 1, [2]);
  cut(20_050, true);
  s.advert(20_220, 0).yields(20_221, 1);
  s.change(20_222, { kind: 'announce', virtual: 0, router: 0, count: 5 }).learn(20_223, 0);
  return s.adverts(21_220, 40_000, 0);
}

/** Two owners by misconfiguration: both are Active and send, the lower address yields. */
export function owners(): Stream {
  const routers = [
    routerFacts(255, { name: 'a', address: 9 }),
    routerFacts(255, { name: 'b', address: 3 }),
  ];
  const s = new Stream({ routers });
  for (const r of [0, 1]) s.process(0, r, 'start').role(0, r, 'INIT', 'start');
  s.takes(0, 0, 'owner').takes(0, 1, 'owner');
  for (const router of [0, 1]) s.change(1, { kind: 'owner-conflict', virtual: 0, router });
  s.yields(1, 1, 'higher-address').learn(1.5, 0);
  return s.adverts(1_000, 20_000, 0);
}

/** A script with weight -60 fails from 10.5 s on: 140 is below 150, which takes over. */
export function weight(): Stream {
  const s = new Stream({ check: CHECK }).boot();
  for (const r of [0, 1, 2]) s.check(0, r, true).verdict(100, r, true);
  s.takes(3_220, 0).adverts(4_220, 12_000, 0);
  for (let ms = 1_000; ms < 11_000; ms += 1_000) s.check(ms, 0, true);
  s.change(10_500, { kind: 'check-cause', router: 0, broken: true });
  s.check(11_000, 0, false).check(12_000, 0, false).verdict(12_100, 0, false);
  s.change(12_100, { kind: 'claimed-priority', virtual: 0, router: 0, priority: 140 });
  for (let ms = 13_000; ms < 30_000; ms += 1_000) s.check(ms, 0, false);
  for (const ms of [12_220, 13_220, 14_220]) s.advert(ms, 0, [1, 2], 140);
  const at = 11_221 + TIMES.m150 + 0.5;
  return s
    .takes(at, 1)
    .yields(at + 1, 0)
    .adverts(at + 1_000, 30_000, 1);
}

/** A script without weight fails: FAULT, priority 0, the next after its skew. */
export function fault(): Stream {
  const s = new Stream({ check: { ...CHECK, fall: 1, rise: 1, weight: 0 } });
  for (const r of [0, 1, 2]) {
    s.process(0, r, 'start').role(0, r, 'INIT', 'start').role(0, r, 'FAULT', 'tracked-object');
    s.check(0, r, true).verdict(100, r, true).role(100, r, 'BACKUP', 'recovered');
  }
  s.takes(3_320, 0).adverts(4_320, 11_000, 0);
  for (let ms = 1_000; ms < 11_000; ms += 1_000) s.check(ms, 0, true);
  s.change(10_500, { kind: 'check-cause', router: 0, broken: true });
  s.check(11_000, 0, false).verdict(11_100, 0, false);
  s.advert(11_100, 0, [1, 2], 0).change(11_100, { kind: 'withdraw', virtual: 0, router: 0 });
  s.role(11_100, 0, 'FAULT', 'tracked-object');
  const at = 11_101 + 414.0625 + 0.5;
  return s.takes(at, 1, 'priority-zero').adverts(at + 1_000, 30_000, 1);
}

/** The Active is paused for 10 s, steps down when it resumes, and takes over again. */
export function pause(): Stream {
  const s = calm(9_300).process(9_500, 0, 'pause');
  const at = 9_221 + TIMES.m150 + 0.5;
  s.takes(at, 1, 'no-response', [2]).adverts(at + 1_000, 19_400, 1, [2]);
  s.process(19_500, 0, 'resume');
  s.change(19_500, { kind: 'stalled', virtual: 0, router: 0 }).yields(19_500, 0, 'stalled');
  const back = 19_500 + TIMES.m200 + 0.5;
  s.adverts(19_635.6, back, 1);
  return s
    .takes(back, 0)
    .yields(back + 1, 1)
    .adverts(back + 1_000, 40_000, 0);
}

export const LEGAL: Readonly<Record<string, () => Stream>> = {
  calm: () => calm(20_000),
  crash,
  stop,
  linkDown,
  preemption,
  nopreempt,
  merge,
  owners,
  weight,
  fault,
  pause,
};

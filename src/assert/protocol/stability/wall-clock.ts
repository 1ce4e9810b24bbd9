/** T6: the wall clock is no clock of VRRP. */
import { always, type Invariant } from '../monitor.ts';
import { suspicion } from '../quiet.ts';
import { nameOf } from '../scene.ts';

export const T6: Invariant = {
  id: 'T6',
  title: 'the wall clock is no clock',
  rule: `
    Always: a step of the wall clock changes no role, neither at its instant without another cause
    nor in the quiet after it. That copies of one advert change no role needs two runs; the
    explorer compares them.
  `,
  source: 'timers are monotonic',
  applies: always,
  watch(scene, report) {
    let setAt = Number.NaN;
    let quietAt = Number.NaN;
    const { forget, note, judge } = suspicion(scene, report);
    return {
      change: forget,
      on: {
        'wall-clock'(at) {
          setAt = at;
          quietAt = scene.settled ? scene.quietFrom : Number.NaN;
        },
        role(at, { router, to }) {
          if (!scene.settled || scene.quietFrom !== quietAt || !(at >= setAt)) return;
          const because = `${nameOf(scene, router)} changed its role after the wall clock was set`;
          if (to !== 'DOWN' && to !== 'INIT') note(at, router, because);
        },
      },
      settled: judge,
      ends: judge,
    };
  },
};

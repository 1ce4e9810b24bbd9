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
      change(at, change) {
        forget(at);
        if (change.kind === 'wall-clock') {
          setAt = at;
          quietAt = scene.settled ? scene.quietFrom : Number.NaN;
        } else if (change.kind === 'role' && scene.settled && scene.quietFrom === quietAt) {
          const because = `${nameOf(scene, change.router)} changed its role after the wall clock was set`;
          if (at >= setAt && change.to !== 'DOWN' && change.to !== 'INIT')
            note(at, change.router, because);
        }
      },
      settled: judge,
      ends: judge,
    };
  },
};

/** T6: the wall clock is no clock of VRRP. */
import type { Instant } from '../../../time.ts';
import { always, type Invariant } from '../monitor.ts';
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
    let suspect: { readonly at: Instant; readonly router: number } | undefined;
    const judge = (): void => {
      if (suspect === undefined) return;
      const { at, router } = suspect;
      suspect = undefined;
      if (scene.quietFrom >= at) return;
      report(
        at,
        [router],
        `${nameOf(scene, router)} changed its role after the wall clock was set`,
      );
    };
    return {
      change(at, change) {
        if (suspect !== undefined && at > suspect.at) suspect = undefined;
        if (change.kind === 'wall-clock') {
          setAt = at;
          quietAt = scene.settled ? scene.quietFrom : Number.NaN;
        } else if (change.kind === 'role' && scene.settled && scene.quietFrom === quietAt) {
          if (at >= setAt && change.to !== 'DOWN' && change.to !== 'INIT')
            suspect ??= { at, router: change.router };
        }
      },
      settled: judge,
      ends: judge,
    };
  },
};

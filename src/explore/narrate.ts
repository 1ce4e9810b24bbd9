/** The course of a case in lines of text: faults, lost adverts, changes of role with their causes. */
import type { Violation } from '../assert/protocol/monitor.ts';
import type { ElectionChange, ElectionListener } from '../observe/election.ts';
import { type Case, nodeName } from '../sim/election/case.ts';
import { runElection } from '../sim/election/election.ts';
import type { Instant } from '../time.ts';
import { NO_LISTENER } from './no-listener.ts';

/** Longer narrations are cut in the middle. */
const MOST_LINES = 40;

export function narrate(whole: Case, violation: Violation): string[] {
  const events: { at: number; text: string }[] = [];
  const add = (at: Instant, text: string): void => {
    if (at <= violation.at) events.push({ at, text });
  };
  /** Routers that do not run: adverts that miss them are not reported. */
  const away = new Set(whole.routers.keys());
  const listener: ElectionListener = {
    ...NO_LISTENER,
    change: (at, change) => {
      if (change.kind === 'process' && change.what === 'start') away.delete(change.router);
      else if (change.kind === 'role' && change.to === 'DOWN') away.add(change.router);
      const text = SENTENCES[change.kind]?.(change as never, whole.virtuals);
      if (text !== undefined) add(at, text);
    },
    missed: (at, virtual, router, from, priority) => {
      if (away.has(router)) return;
      const what = priority === 0 ? 'the priority 0' : 'an advert';
      add(
        at,
        `${what} of ${nodeName(from)} to ${nodeName(router)} is lost${of(virtual, whole.virtuals)}`,
      );
    },
  };
  const { applied } = runElection(whole, listener);
  for (const { from, to, faults } of applied)
    for (const { kind, node } of faults) {
      if (kind !== 'process.slow') continue;
      add(from as number as Instant, `${node} begins to be slow`);
      add(to as number as Instant, `${node} is quick again`);
    }
  const lines = events.sort((a, b) => a.at - b.at).map(({ at, text }) => `${seconds(at)}  ${text}`);
  const shown =
    lines.length <= MOST_LINES
      ? lines
      : [...lines.slice(0, MOST_LINES / 2), '         ...', ...lines.slice(-MOST_LINES / 2)];
  return [...shown, `${seconds(violation.at)}  ${violation.invariant}: ${violation.because}`];
}

const PROCESS = {
  start: 'starts',
  crash: 'crashes',
  stop: 'is stopped in order',
  pause: 'is paused',
  resume: 'goes on',
} as const;

/** A change without a sentence is left out. */
const SENTENCES: {
  readonly [K in ElectionChange['kind']]?: (
    change: Extract<ElectionChange, { kind: K }>,
    virtuals: number,
  ) => string | undefined;
} = {
  role: ({ router, virtual, to, cause }, virtuals) =>
    to === 'INIT' || to === 'DOWN'
      ? undefined
      : `${nodeName(router)} is ${to}: ${cause}${of(virtual, virtuals)}`,
  process: ({ router, what }) => `${nodeName(router)} ${PROCESS[what]}`,
  link: ({ router, up }) => `${nodeName(router)} ${up ? 'has its link again' : 'loses its link'}`,
  reach: ({ from, to, reaches }) =>
    `${nodeName(to)} ${reaches ? 'hears' : 'no longer hears'} ${nodeName(from)}${reaches ? ' again' : ''}`,
  priority: ({ router, priority }) => `${nodeName(router)} is to have priority ${priority}`,
  'check-cause': ({ router, broken }) =>
    `what the check of ${nodeName(router)} watches ${broken ? 'breaks' : 'is whole again'}`,
  'check-verdict': ({ router, up }) =>
    `the check of ${nodeName(router)} ${up ? 'succeeds' : 'fails'}`,
  garbage: ({ router }) => `${nodeName(router)} gets a bad advert`,
  'wall-clock': ({ router }) => `the wall clock of ${nodeName(router)} is set`,
  noise: ({ on }) => (on ? 'packets begin to be lost' : 'no packets are lost any more'),
};

function of(virtual: number, virtuals: number): string {
  return virtuals > 1 ? ` (v${virtual + 1})` : '';
}

function seconds(at: number): string {
  return `${(at / 1_000_000).toFixed(6).padStart(12)} s`;
}

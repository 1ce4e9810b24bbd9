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
      const text = sentence(change, whole.virtuals);
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

function sentence(change: ElectionChange, virtuals: number): string | undefined {
  switch (change.kind) {
    case 'role':
      if (change.to === 'INIT' || change.to === 'DOWN') return undefined;
      return `${nodeName(change.router)} is ${change.to}: ${change.cause}${of(change.virtual, virtuals)}`;
    case 'process':
      return `${nodeName(change.router)} ${PROCESS[change.what]}`;
    case 'link':
      return `${nodeName(change.router)} ${change.up ? 'has its link again' : 'loses its link'}`;
    case 'reach':
      return change.reaches
        ? `${nodeName(change.to)} hears ${nodeName(change.from)} again`
        : `${nodeName(change.to)} no longer hears ${nodeName(change.from)}`;
    case 'priority':
      return `${nodeName(change.router)} is to have priority ${change.priority}`;
    case 'check-cause':
      return `what the check of ${nodeName(change.router)} watches ${change.broken ? 'breaks' : 'is whole again'}`;
    case 'check-verdict':
      return `the check of ${nodeName(change.router)} ${change.up ? 'succeeds' : 'fails'}`;
    case 'garbage':
      return `${nodeName(change.router)} gets a bad advert`;
    case 'wall-clock':
      return `the wall clock of ${nodeName(change.router)} is set`;
    case 'noise':
      return change.on ? 'packets begin to be lost' : 'no packets are lost any more';
    default:
      return undefined;
  }
}

const PROCESS = {
  start: 'starts',
  crash: 'crashes',
  stop: 'is stopped in order',
  pause: 'is paused',
  resume: 'goes on',
} as const;

function of(virtual: number, virtuals: number): string {
  return virtuals > 1 ? ` (v${virtual + 1})` : '';
}

function seconds(at: number): string {
  return `${(at / 1_000_000).toFixed(6).padStart(12)} s`;
}

/** The part of S3 about an Active that must leave: one that is stopped in order, or one that was paused for too long. */
import type { ElectionChange, Role } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { most } from '../arithmetic.ts';
import type { Report } from '../monitor.ts';
import { intervalOf, nameOf, type Scene } from '../scene.ts';

/** The peers of a router wait for at most this many of its intervals: three and the skew. */
const PATIENCE = 4;

export interface Ending {
  sent(router: number, priority: number): void;
  change(at: Instant, change: ElectionChange): void;
  judge(at: Instant): void;
}

export function watchEnding(scene: Scene, report: Report): Ending {
  const { size, facts } = scene;
  const never = (): number[] => new Array<number>(size).fill(Number.NaN);
  /** Left Active in order without having resigned; it may still do so within g. */
  const owes = never();
  const pausedAt = never();
  /** Resumed as Active after its peers had given it up; it has to leave within g. */
  const overslept = never();
  const resigned = new Array<number>(size).fill(0);
  const overdue = (since: number[], at: Instant, because: string): void => {
    for (let r = 0; r < size; r++) {
      const then = since[r] as Instant;
      if (!(at - then > facts.lateness)) continue;
      since[r] = Number.NaN;
      report({ at: then, routers: [r], because: `${nameOf(scene, r)} ${because}` });
    }
  };
  const judge = (at: Instant): void => {
    overdue(owes, at, 'was stopped as Active and did not resign');
    overdue(overslept, at, 'went on as Active after a pause that was longer than its peers wait');
  };
  const followRole = (at: Instant, r: number, from: Role, to: Role): void => {
    if (to === 'MASTER') resigned[r] = 0;
    if (from !== 'MASTER') return;
    overslept[r] = Number.NaN;
    // To INIT: shut down, as opposed to DOWN.
    if (to === 'INIT' && resigned[r] === 0 && scene.link[r] === 1) owes[r] = at;
  };
  const followProcess = (at: Instant, r: number, what: string): void => {
    const length = at - (pausedAt[r] ?? at);
    pausedAt[r] = what === 'pause' ? at : Number.NaN;
    const patience = most(facts, PATIENCE * intervalOf(scene, r)) + facts.lateness;
    // A rule of halab: RFC 9568 knows no pauses.
    const late = facts.profile === 'rfc9568' && what === 'resume' && length > patience;
    if (late && scene.roles[r] === 'MASTER') overslept[r] = at;
  };
  return {
    judge,
    sent(r, priority) {
      if (priority > 0) return;
      resigned[r] = 1;
      owes[r] = Number.NaN;
    },
    change(at, change) {
      if (change.kind === 'role') followRole(at, change.router, change.from, change.to);
      if (change.kind === 'process') followProcess(at, change.router, change.what);
      judge(at);
    },
  };
}

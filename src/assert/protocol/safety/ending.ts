/** The part of S3 about an Active that must stop sending: it is stopped in order, or it was paused for too long. */
import type { ElectionChange, Role } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { most } from '../arithmetic.ts';
import { byRouter, overdue, type Report } from '../monitor.ts';
import { intervalOf, nameOf, type Scene } from '../scene.ts';

/** The peers of a router wait for at most this many of its intervals: three and the skew. */
const PATIENCE = 4;

export function watchEnding(scene: Scene, report: Report) {
  const { facts } = scene;
  /** Left Active in order without having resigned; it may still do so within g. */
  const owes = byRouter(scene);
  const pausedAt = byRouter(scene);
  /** Resumed as Active after its peers had given it up; it has to leave within g. */
  const overslept = byRouter(scene);
  const resigned = byRouter(scene, 0);
  const late = (since: number[], what: string) =>
    overdue(scene, since, (r, then) => report(then, [r], `${nameOf(scene, r)} ${what}`));
  const judgeOwes = late(owes, 'was stopped as Active and did not resign');
  const judgeOverslept = late(
    overslept,
    'went on as Active after a pause that was longer than its peers wait',
  );
  const judge = (at: Instant): void => {
    judgeOwes(at);
    judgeOverslept(at);
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
    const isLate = facts.profile === 'rfc9568' && what === 'resume' && length > patience;
    if (isLate && scene.roles[r] === 'MASTER') overslept[r] = at;
  };
  return {
    judge,
    sent(r: number, priority: number): void {
      if (priority > 0) return;
      resigned[r] = 1;
      owes[r] = Number.NaN;
    },
    change(at: Instant, change: ElectionChange): void {
      if (change.kind === 'role') followRole(at, change.router, change.from, change.to);
      if (change.kind === 'process') followProcess(at, change.router, change.what);
      judge(at);
    },
  };
}

/** Which changes move the surroundings of a virtual router, and which of them coincide. */
import type { ElectionChange } from '../../observe/election.ts';
import type { Scene } from './scene.ts';

/** Whether a change disturbs the cluster, so that T_stab starts again. Other changes are consequences. */
export function disturbs(scene: Scene, { kind }: ElectionChange): boolean {
  // keepalived: any packet restarts its Adver_Timer, so it can be silenced.
  if (kind === 'garbage') return scene.facts.profile === 'keepalived';
  return DISTURBS.has(kind);
}

const DISTURBS: ReadonlySet<ElectionChange['kind']> = new Set([
  ...(['process', 'link', 'reach', 'noise', 'priority', 'claimed-priority'] as const),
  ...(['configured', 'check-verdict'] as const),
]);

/** Of what disturbs: notes a second cause at one instant. A verdict or a file and the priority that follows from it are one cause. */
export function noteStrike(scene: Scene, at: number, change: ElectionChange): void {
  const struck = strikeOf(change);
  const again = struck !== scene.struck || struck < 0 || change.kind === 'process';
  if (again && scene.struckAt === at) scene.crowdedAt = at;
  scene.struck = struck;
  scene.struckAt = at;
}

/** A number for the process, link or configuration of one router; -1: no specific router. */
function strikeOf(change: ElectionChange): number {
  switch (change.kind) {
    case 'process':
      return change.router * 3;
    case 'link':
      return change.router * 3 + 1;
    case 'configured':
    case 'priority':
    case 'claimed-priority':
    case 'check-verdict':
      return change.router * 3 + 2;
    default:
      return -1;
  }
}

/** A tracked script changed its verdict, or the priority that follows from it. */
export function isVerdict(
  change: ElectionChange,
): change is Extract<ElectionChange, { kind: 'check-verdict' | 'claimed-priority' }> {
  return change.kind === 'check-verdict' || change.kind === 'claimed-priority';
}

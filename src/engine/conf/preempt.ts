/** `state MASTER` beside `nopreempt` and `preempt_delay`: what of them counts, and what is said, as in keepalived. */
import { type Micros, micros } from '../../time.ts';
import type { Findings } from './findings.ts';
import type { Token } from './lexer.ts';

export interface Preemption {
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
}

export interface PreemptionContext {
  readonly state: 'MASTER' | 'BACKUP';
  readonly priority: number;
  /** Strict mode, and AH in version 2: only the owner starts as MASTER. */
  readonly ownerOnly: boolean;
  readonly given: ReadonlyMap<string, Token>;
}

/** keepalived: who starts as MASTER preempts at once; a delay means nothing to who never preempts. */
export function preemptionOf(
  { preempt, preemptDelay }: Preemption,
  { state, priority, ownerOnly, given }: PreemptionContext,
  findings: Findings,
): Preemption {
  const owner = priority === 255;
  const master = state === 'MASTER' && (owner || !ownerOnly);
  const why = owner ? 'priority 255' : 'state MASTER';
  const nopreempt = given.get('nopreempt');
  if (!preempt && (owner || master) && nopreempt !== undefined) {
    const hint = owner ? undefined : 'Write state BACKUP.';
    findings.warning(nopreempt, `nopreempt does not go with ${why}: it is ignored`, hint);
  }
  const preempts = preempt || owner || master;
  if (preemptDelay === 0 || (preempts && !master)) return { preempt: preempts, preemptDelay };
  const delay = given.get('preempt_delay');
  if (delay !== undefined)
    findings.warning(delay, `preempt_delay has no effect with ${master ? why : 'nopreempt'}`);
  return { preempt: preempts, preemptDelay: micros(0) };
}

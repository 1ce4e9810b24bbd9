/**
 * A `vrrp_script` as a check: runs at a fixed cadence, one at a time; a run that takes longer than its
 * timeout has failed (unlike in keepalived, with any exit code), gets SIGTERM, and SIGKILL
 * two seconds later.
 */
import { type Instant, micros } from '../../time.ts';
import { type CheckerState, createChecker, wakeChecker } from '../check/checker.ts';
import type { VrrpScriptConfig } from '../core/config-track.ts';
import type { Emit } from './io.ts';

export interface ScriptState {
  readonly config: VrrpScriptConfig;
  readonly check: CheckerState;
}

export function createScript(config: VrrpScriptConfig): ScriptState {
  const { interval, timeout, fall, rise, initFail } = config;
  const check = createChecker({
    interval,
    timeout,
    fall,
    rise,
    retryDelay: undefined,
    warmup: micros(0),
    initial: initFail ? 'down' : 'first-result',
  });
  return { config, check };
}

/** Whether the script's state changed: a run that takes too long has failed. */
export function wakeScript({ config, check }: ScriptState, now: Instant, emit: Emit): boolean {
  const { name } = config;
  return wakeChecker(check, now, (effect) => {
    if (effect.kind === 'probe') emit({ kind: 'run-script', name });
    else emit({ kind: 'end-script', name, signal: effect.signal });
  });
}

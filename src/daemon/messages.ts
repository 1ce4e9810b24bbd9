/** The words between the parent and its vrrp child, over the IPC channel. */
import type { DaemonConfig } from '../engine/core/config.ts';
import type { Refused } from '../engine/snmp/traps.ts';
import type { Resume, VrrpEffect, VrrpInput } from '../engine/vrrp/io.ts';
import type { RouterStatus } from '../engine/vrrp/status.ts';
import type { LogOptions } from './log.ts';
import type { Missing } from './shortfall.ts';
import type { Holder } from './vrrp/holder-watch.ts';

export interface ChildOptions {
  readonly log: LogOptions;
  /** Where `--events` goes, a descriptor. */
  readonly events: number | undefined;
  /** -V: addresses and routes stay when the daemon is stopped. */
  readonly keepAddresses: boolean;
}

export type ParentMessage =
  /** The first: run this. `resume`: instances that were Active when the predecessor died. */
  | {
      readonly kind: 'order';
      readonly config: DaemonConfig;
      readonly options: ChildOptions;
      readonly resume: Resume | undefined;
    }
  /** Something the parent has seen: a script that ended, a tracked file, a process count. */
  | { readonly kind: 'input'; readonly input: VrrpInput }
  | { readonly kind: 'reload'; readonly config: DaemonConfig }
  | { readonly kind: 'status'; readonly id: number }
  | { readonly kind: 'leave' };

/** Effects that somebody outside the vrrp child's loop carries out: scripts, FIFOs, routes. */
export type ForwardedEffect = Exclude<
  VrrpEffect,
  { kind: 'send' | 'announce' | 'received' | 'stalled' | 'script' }
>;

export type ChildMessage =
  /** A line for the file of -g. */
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'effect'; readonly effect: ForwardedEffect }
  /** The first of its kind from its source. */
  | ({ readonly kind: 'refused' } & Refused)
  | {
      readonly kind: 'status';
      readonly id: number;
      readonly router: RouterStatus;
      readonly received: {
        readonly accepted: number;
        readonly refused: Readonly<Record<string, number>>;
      };
      readonly holders: readonly Holder[];
      readonly missing: readonly Missing[];
    };

/** The words between the parent and its check child, over the IPC channel. */
import type { CheckEffect, CheckInput } from '../../engine/check/io.ts';
import type { ChecksStatus } from '../../engine/check/status.ts';
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { Director } from '../director/director.ts';
import type { DirectorChoice } from '../director/open-director.ts';
import type { LogOptions } from '../log.ts';
import type { TlsKeys } from './tls-keys.ts';

export interface CheckChildOptions {
  readonly log: LogOptions;
  /** Where `--events` goes, a descriptor. */
  readonly events: number | undefined;
  readonly director: DirectorChoice;
}

export type CheckParentMessage =
  | {
      readonly kind: 'order';
      readonly config: DaemonConfig;
      readonly options: CheckChildOptions;
      /** Servers that a predecessor found down, as `serverId` names them. */
      readonly down: readonly string[];
      readonly tls: TlsKeys | undefined;
    }
  /** Something the parent has seen: a script that ended, a tracked file. */
  | { readonly kind: 'input'; readonly input: CheckInput }
  | {
      readonly kind: 'reload';
      readonly config: DaemonConfig;
      readonly tls: TlsKeys | undefined;
    }
  | { readonly kind: 'status'; readonly id: number }
  | { readonly kind: 'leave' };

/** What the parent carries out: scripts, mails, FIFOs. */
export type ForwardedCheckEffect = Extract<
  CheckEffect,
  { kind: 'probe' | 'abort' | 'check' | 'server' | 'quorum' }
>;

export type CheckChildMessage =
  /** A line for the file of -g. */
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'effect'; readonly effect: ForwardedCheckEffect }
  | {
      readonly kind: 'status';
      readonly id: number;
      readonly director: Director['name'];
      readonly checks: ChecksStatus;
    };

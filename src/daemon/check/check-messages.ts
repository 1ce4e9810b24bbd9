/** Messages between the parent and its check child. */
import type { CheckEffect } from '../../engine/check/io.ts';
import type { ChecksStatus } from '../../engine/check/status.ts';
import type { Director } from '../director/director.ts';
import type { DirectorChoice } from '../director/open-director.ts';
import type { ChildOptions, FromChild, Order } from '../process/child-messages.ts';
import type { TlsKeys } from './tls-keys.ts';

export interface CheckReload {
  readonly tls: TlsKeys | undefined;
}

export type CheckOrder = Order<
  ChildOptions & { readonly director: DirectorChoice },
  CheckReload & {
    /** Servers that a predecessor found down, as `serverId` names them. */
    readonly down: readonly string[];
  }
>;

/** Effects that the parent carries out: scripts, mails, FIFOs. */
export type ForwardedCheckEffect = Extract<
  CheckEffect,
  { kind: 'probe' | 'abort' | 'check' | 'server' | 'quorum' }
>;

export type CheckChildMessage = FromChild<
  ForwardedCheckEffect,
  { readonly director: Director['name']; readonly checks: ChecksStatus }
>;

/** Messages between the parent and its vrrp child. */
import type { Refused } from '../../engine/snmp/traps.ts';
import type { Resume, VrrpEffect } from '../../engine/vrrp/io.ts';
import type { RouterStatus } from '../../engine/vrrp/status.ts';
import type { ChildOptions, FromChild, Order } from '../process/child-messages.ts';
import type { Missing } from '../shortfall.ts';
import type { Holder } from './holder-watch.ts';
import type { VrrpReports } from './vrrp-reports.ts';

export type VrrpOrder = Order<
  /** keepAddresses: -V, addresses and routes stay when the daemon is stopped. */
  ChildOptions & { readonly keepAddresses: boolean },
  /** Instances that were Active when the predecessor died. */
  { readonly resume: Resume | undefined }
>;

/** Effects that the parent carries out, too: scripts, FIFOs, routes. */
export type ForwardedEffect = Exclude<
  VrrpEffect,
  { kind: 'send' | 'announce' | 'received' | 'stalled' | 'script' }
>;

export type VrrpChildMessage =
  | FromChild<
      ForwardedEffect,
      {
        readonly router: RouterStatus;
        readonly received: VrrpReports['totals'];
        readonly holders: readonly Holder[];
        readonly missing: readonly Missing[];
      }
    >
  /** The first refused packet of its kind from its source. */
  | ({ readonly kind: 'refused' } & Refused);

/**
 * Inputs and effects of the machine of the health checks: the seam between the pure engine
 * and its hosts (the check child of halabd, the simulator). Everything is plain, JSON-safe data.
 */
import type { IpAddress } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { DaemonConfig } from '../core/config.ts';
import type { RealServerConfig, VirtualServerConfig } from '../core/config-check.ts';
import type { ProbeConfig } from '../core/config-checker.ts';

export type CheckInput =
  | { readonly kind: 'startup' }
  /** Stop: with `omega` the down notifiers run; the pools are taken down. */
  | { readonly kind: 'shutdown' }
  /** `nextChecksDeadline` has come. An early or needless wake-up has no effect. */
  | { readonly kind: 'wake' }
  /** The result of a probe: exactly one for each `probe` effect, also after an `abort`. */
  | {
      readonly kind: 'probe-ended';
      readonly checker: string;
      readonly probe: number;
      readonly ok: boolean;
      /** For logs: `connection refused`, `status 500`. */
      readonly detail: string;
      /** MISC_CHECK with `misc_dynamic`: the weight in the exit code. */
      readonly weight?: number;
    }
  /** The number in a tracked file; undefined: there is none, which counts as 0. */
  | { readonly kind: 'file'; readonly name: string; readonly value: number | undefined }
  /** The addresses of this host, at start and at every change: for `ha_suspend`. */
  | { readonly kind: 'addresses'; readonly present: readonly IpAddress[] }
  /** A new configuration (SIGHUP): unchanged parts continue. */
  | { readonly kind: 'config'; readonly config: DaemonConfig };

export type CheckEffect =
  | {
      readonly kind: 'probe';
      readonly checker: string;
      readonly probe: number;
      readonly config: ProbeConfig;
      readonly timeout: Micros;
    }
  | {
      readonly kind: 'abort';
      readonly checker: string;
      readonly probe: number;
      readonly signal: 'SIGTERM' | 'SIGKILL';
    }
  /** The whole wanted pool; the director applies the difference. */
  | { readonly kind: 'pool'; readonly pool: Pool }
  /** The virtual server is no longer ours. */
  | { readonly kind: 'remove-pool'; readonly name: string }
  /** The verdict of a checker changed, or (`log_all_failures`) a probe failed without that. */
  | {
      readonly kind: 'check';
      readonly virtualServer: string;
      readonly realServer: string;
      readonly checker: ProbeConfig['kind'];
      readonly outcome: 'up' | 'down' | 'failure';
      readonly detail: string;
      /** The verdict changed and the server's state did not, because other checkers hold it down. */
      readonly alone: boolean;
    }
  | {
      readonly kind: 'server';
      readonly virtualServer: VirtualServerConfig;
      readonly realServer: RealServerConfig;
      readonly up: boolean;
      readonly detail: string;
      /** Emitted at startup because of `rs_init_notifies`. */
      readonly initial: boolean;
    }
  | {
      readonly kind: 'weight';
      readonly virtualServer: string;
      readonly realServer: string;
      readonly weight: number;
    }
  | { readonly kind: 'quorum'; readonly virtualServer: VirtualServerConfig; readonly up: boolean };

export type EmitCheck = (effect: CheckEffect) => void;

/** The wanted content of the kernel's table for one virtual server. */
export interface Pool {
  readonly virtualServer: VirtualServerConfig;
  readonly destinations: readonly Destination[];
}

export type Destination = Pick<
  RealServerConfig,
  'address' | 'port' | 'weight' | 'method' | 'upperThreshold' | 'lowerThreshold'
>;

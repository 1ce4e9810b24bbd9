/** A director brings the pools of the virtual servers into the kernel. */
import type { Pool } from '../../engine/check/io.ts';
import type { CheckConfig } from '../../engine/core/config-check.ts';

export interface Director {
  readonly name: 'ipvs' | 'nftables' | 'none';
  /** Brings these pools into the kernel. Answers a sentence for each problem. */
  apply(pools: readonly Pool[]): readonly string[];
  /** Removes the pool of a virtual server. */
  remove(virtualServer: string): readonly string[];
  configure(check: CheckConfig): readonly string[];
  close(): void;
}

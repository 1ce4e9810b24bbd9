/** Who carries out what the pools ask for. */
import type { Pool } from '../../engine/check/io.ts';
import type { CheckConfig } from '../../engine/core/config-check.ts';

export interface Director {
  readonly name: 'ipvs' | 'nftables' | 'none';
  /** The kernel holds these pools from now on; sentences for what could not be done. */
  apply(pools: readonly Pool[]): readonly string[];
  /** The virtual server is gone. */
  remove(virtualServer: string): readonly string[];
  configure(check: CheckConfig): readonly string[];
  close(): void;
}

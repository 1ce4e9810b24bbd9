import type { VrrpInstanceConfig } from '../../src/engine/core/config.ts';

/** Why a row cannot hold the whole state of such a router; undefined: it can. */
export function beyondSnapshot(config: VrrpInstanceConfig): string | undefined {
  if (config.hmac !== undefined || config.authentication?.type === 'AH')
    return 'remembers the sequence numbers of its peers';
  if (config.tracks.length + config.trackInterfaces.length + config.trackGroups.length > 0)
    return 'depends on tracked objects';
  return undefined;
}

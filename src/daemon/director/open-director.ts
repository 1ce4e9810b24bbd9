/** Chooses the director: the kernel's IPVS, or nftables where the kernel has no IPVS. */
import type { CheckConfig } from '../../engine/core/config-check.ts';
import { openIpvs } from '../../linux/ipvs.ts';
import { openNftables } from '../../linux/nftables.ts';
import type { Log } from '../log.ts';
import type { Director } from './director.ts';
import { IpvsDirector } from './ipvs-director.ts';
import { NftDirector } from './nft-director.ts';

export type DirectorChoice = 'auto' | 'ipvs' | 'nftables';

/** Logs which one was chosen and why. */
export function openDirector(choice: DirectorChoice, check: CheckConfig, log: Log): Director {
  const ipvs = choice === 'nftables' ? undefined : openIpvs();
  if (ipvs !== undefined) {
    log.info('director: the IPVS of the kernel');
    return new IpvsDirector(ipvs, check);
  }
  const nft = choice === 'ipvs' ? undefined : openNftables();
  const opened = nft === undefined ? 'there is no libnftables' : NftDirector.open(nft, check);
  if (typeof opened !== 'string') {
    const why =
      choice === 'auto' ? 'the kernel has no ip_vs, or halabd may not use it' : 'as asked';
    log.info(`director: nftables (${why})`);
    return opened;
  }
  nft?.close();
  const wanted = choice === 'auto' ? 'neither ip_vs nor nftables' : `no ${choice}`;
  log.error(
    `${wanted} can be used${choice === 'ipvs' ? '' : ` (${opened})`}: servers are checked and scripts are told, but no traffic is balanced. Load ip_vs (modprobe ip_vs) or install nftables, and give halabd CAP_NET_ADMIN.`,
  );
  return NONE;
}

const NONE: Director = {
  name: 'none',
  apply: () => [],
  remove: () => [],
  configure: () => [],
  close: () => {},
};

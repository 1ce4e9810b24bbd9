/** The keywords of `vrrp_instance` about where adverts come from, and the unicast peers that they go to. */
import type { IpAddress } from '../../net/address.ts';
import type { UnicastPeer, VrrpInstanceConfig } from '../core/config.ts';
import { joins, type OfOneFamily } from './addresses.ts';
import { whole } from './codec.ts';
import type { Findings } from './findings.ts';
import { block, input, type Mutable, type Row, type Rows } from './keyword.ts';
import type { Statement } from './tree.ts';
import { address, addressAt, integerAt } from './values.ts';

export interface UnicastDraft extends OfOneFamily {
  readonly peers: UnicastPeer[];
  /** A keyword of unicast stands here; without a peer the instance is multicast all the same. */
  unicastGiven: boolean;
  unicastTtl?: number;
  checkSource: boolean;
  faultNoPeer: boolean;
  source?: IpAddress | undefined;
}

type InstanceRow = Row<UnicastDraft, VrrpInstanceConfig>;

const strict = { strict: true } as const;

function source(kind: 'mcast' | 'unicast', doc: string): InstanceRow {
  return {
    shape: 'value',
    type: 'an IP address',
    default: 'the first address of the interface',
    doc,
    read: (draft, statement, findings) => {
      draft.unicastGiven ||= kind === 'unicast';
      const found = address(statement, findings);
      if (found === undefined) return;
      const same = joins(draft, found, statement.values[0] ?? statement.keyword, findings);
      draft.source = same ? found : undefined;
    },
    print: (instance, keyword) =>
      instance.source === undefined || (instance.unicast === undefined) !== (kind === 'mcast')
        ? []
        : [`${keyword} ${instance.source}`],
  };
}

export const SOURCE: Rows<UnicastDraft, VrrpInstanceConfig> = {
  mcast_src_ip: source('mcast', 'The source of adverts to the multicast group.'),
  unicast_src_ip: source('unicast', 'The source of adverts to unicast peers.'),
};

/** A flag of unicast, which is one of `unicast` in the configuration. */
function unicastFlag(key: 'checkSource' | 'faultNoPeer', doc: string): InstanceRow {
  return {
    shape: 'words',
    doc,
    default: 'off',
    read: (draft) => {
      draft.unicastGiven = true;
      draft[key] = true;
    },
    print: ({ unicast }, keyword) => (unicast?.[key] === true ? [keyword] : []),
  };
}

// biome-ignore format: a table, one keyword a line
export const UNICAST: Rows<UnicastDraft, VrrpInstanceConfig> = {
  unicast_peer: {
    shape: 'lines',
    type: 'ADDRESS [min_ttl N] [max_ttl N]',
    doc: 'The routers that adverts are sent to, instead of the multicast group.',
    read: (draft, { block: entries }, findings) => {
      draft.unicastGiven = true;
      for (const entry of entries ?? []) {
        const peer = readPeer(draft, entry, findings);
        if (peer === undefined) continue;
        draft.peers.push(peer);
        draft.checkSource ||= peer.minTtl !== undefined || peer.maxTtl !== undefined;
      }
    },
    print: ({ unicast }, keyword) => {
      const limit = (name: string, value: number | undefined): string =>
        value === undefined ? '' : ` ${name} ${value}`;
      const lines = unicast?.peers.map(
        ({ address: peer, minTtl, maxTtl }) =>
          `${peer}${limit('min_ttl', minTtl)}${limit('max_ttl', maxTtl)}`,
      );
      return lines === undefined ? [] : block(keyword, lines);
    },
  },
  unicast_ttl: {
    ...input('unicastTtl', whole(0, 255, strict), 'The TTL of adverts to unicast peers.', { default: 255 }),
    print: ({ unicast }, keyword) =>
      unicast === undefined || unicast.peers.length === 0 ? [] : [`${keyword} ${unicast.ttl}`],
  },
  check_unicast_src: unicastFlag('checkSource', 'Refuses adverts of routers that are no unicast peers.'),
  unicast_fault_no_peer: unicastFlag('faultNoPeer', 'FAULT, instead of multicast, without a unicast peer.'),
};

/** `ADDRESS [min_ttl N] [max_ttl N]`. */
function readPeer(
  draft: OfOneFamily,
  { keyword, values }: Statement,
  findings: Findings,
): UnicastPeer | undefined {
  const found = addressAt(keyword.text);
  if (found === undefined) findings.warning(keyword, `not an address: "${keyword.text}"`);
  if (!joins(draft, found, keyword, findings)) return undefined;
  const peer: Mutable<UnicastPeer> = { address: found, minTtl: undefined, maxTtl: undefined };
  for (let i = 0; i < values.length; i += 2) {
    const [word, given] = [values[i], values[i + 1]];
    if (word === undefined || given === undefined) {
      findings.warning(word ?? keyword, 'a limit of the TTL needs a number: ignored');
      break;
    }
    const value = integerAt(given, word, 0, 255, findings, { strict: true });
    if (word.text === 'min_ttl') peer.minTtl = value;
    else if (word.text === 'max_ttl') peer.maxTtl = value;
    else {
      findings.warning(word, `unknown word "${word.text}"`, 'Known here: min_ttl, max_ttl.');
      break;
    }
  }
  return peer;
}

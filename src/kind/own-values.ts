/** The values of a virtual router or member that both a topology and a keepalived.conf have, and when they agree. */
import type { VrrpInstanceConfig } from '../engine/core/config.ts';
import { formatPrefix, type Prefix } from '../net/address.ts';
import { formatMicros, type Micros } from '../time.ts';
import type { VirtualRouterText } from '../topology/file/topology-schema.ts';

/** A row of the table: a key of YAML, the keywords with the same meaning, and how the values compare. */
export interface OwnValue {
  readonly key: string;
  /** Where YAML may have it: at the virtual router, at a member, or at the virtual router with exceptions at members. */
  readonly level: 'router' | 'both' | 'member';
  /** The position of the first one in the file is shown. */
  readonly keywords: readonly string[];
  /** The file's value as YAML would write it; undefined: the file has none. */
  readonly of: (instance: VrrpInstanceConfig) => unknown;
  readonly same: (yaml: unknown, file: unknown) => boolean;
  readonly text: (value: unknown) => string;
  /** The wording of the file's value [keyword and text]. */
  readonly says?: (value: unknown) => string;
  /** The keyword has no value, and stands in the file if the value is this. */
  readonly when?: unknown;
  /** Instances that differ in it are not members of one virtual router: an error. */
  readonly identifies?: true;
}

type Comparison<T> = Partial<Pick<OwnValue, 'says' | 'when' | 'identifies'>> & {
  readonly same?: (yaml: T, file: T) => boolean;
  readonly text?: (value: T) => string;
};

function row<T>(
  key: string,
  level: OwnValue['level'],
  keywords: readonly string[],
  of: (instance: VrrpInstanceConfig) => T | undefined,
  comparison: Comparison<T> = {},
): OwnValue {
  return { key, level, keywords, of, same: Object.is, text: String, ...comparison } as OwnValue;
}

const length = { text: (value: Micros) => formatMicros(value) };

/** Compares addresses only: an address in keepalived.conf may have no prefix length. */
function sameAddresses(yaml: readonly Prefix[], file: readonly Prefix[]): boolean {
  const isIn = (list: readonly Prefix[]) => (prefix: Prefix) =>
    list.some(({ address }) => address === prefix.address);
  return yaml.every(isIn(file)) && file.every(isIn(yaml));
}

function addressesOf({ addresses }: VrrpInstanceConfig): readonly Prefix[] | undefined {
  return addresses.length === 0
    ? undefined
    : addresses.map(({ address, length: bits }) => ({ address, length: bits }));
}

function peersOf({ unicast }: VrrpInstanceConfig) {
  return unicast?.peers.map(({ address }) => address);
}

/** Of version 3 over IPv4, the only one with two forms. */
function checksumOf({ checksum, version, family }: VrrpInstanceConfig) {
  return version === 3 && family === 4 ? checksum : undefined;
}

type Authentication = NonNullable<VirtualRouterText['authentication']>;

function authenticationOf({
  authentication,
  hmac,
}: VrrpInstanceConfig): Authentication | undefined {
  if (hmac !== undefined) {
    const key = hmac.keys.find(({ id }) => id === hmac.activeKey)?.source;
    return { type: 'hmac', key };
  }
  if (authentication === undefined) return undefined;
  const { type, password } = authentication;
  return { type: type === 'AH' ? 'ah' : 'pass', password };
}

function sameSecret(yaml: Authentication, file: Authentication): boolean {
  return yaml.type === file.type && yaml.password === file.password && yaml.key === file.key;
}

const identifies = { identifies: true } as const;
const on = { when: true };
const off = { when: false };

export const OWN_VALUES: readonly OwnValue[] = [
  row('vrid', 'router', ['virtual_router_id'], ({ vrid }) => vrid, identifies),
  row('protocol', 'router', ['version', 'vrrp_version'], ({ version }) => `vrrp${version}`, {
    says: (value) => `version ${value === 'vrrp2' ? 2 : 3}`,
    identifies: true,
  }),
  row('network', 'router', ['interface'], (own) => own.interface || undefined, identifies),
  row('authentication', 'router', ['authentication', 'auth_hmac'], authenticationOf, {
    same: sameSecret,
    // Secrets are not shown.
    text: ({ type }) => `${type} with a secret of its own`,
  }),
  row('unicast', 'router', ['unicast_peer'], (own) => own.unicast !== undefined, on),
  row('use_vmac', 'router', ['use_vmac'], ({ vmac }) => !!vmac && vmac.ipvlan === undefined, on),
  row('addresses', 'both', ['virtual_ipaddress'], addressesOf, {
    same: sameAddresses,
    text: (value) => value.map(formatPrefix).join(', '),
  }),
  row('advert_interval', 'both', ['advert_int'], (instance) => instance.advertInterval, length),
  row('preempt', 'both', ['nopreempt', 'preempt'], ({ preempt }) => preempt, off),
  row('unicast_peers', 'member', ['unicast_peer'], peersOf, {
    same: (yaml, file) =>
      yaml.length === file.length && yaml.every((address) => file.includes(address)),
    text: (value) => value.join(', '),
  }),
  row('priority', 'member', ['priority', 'state'], ({ priority }) => priority),
  row('preempt_delay', 'member', ['preempt_delay'], (instance) => instance.preemptDelay, length),
  row('accept', 'member', ['no_accept', 'accept', 'strict_mode'], ({ accept }) => accept, off),
  row('checksum', 'member', ['v3_checksum_as_v2'], checksumOf, { when: 'rfc9568' }),
];

/** One `vrrp_instance` block: its keywords, their ranges and keepalived's defaults. */
import { family, type IpAddress, isLinkLocal, parsePrefix } from '../../net/address.ts';
import { type Micros, micros, seconds } from '../../time.ts';
import { type Findings, unknownKeyword } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import type { Statement } from './conf-tree.ts';
import {
  FEATURE_DEFAULTS,
  type GlobalConfig,
  type VirtualAddress,
  type VrrpInstanceConfig,
} from './config.ts';

/** An advert must fit one Ethernet frame: 1500 - 20 - 8 bytes of IPv4 addresses, and one byte counts them. */
const MOST_ADDRESSES = { 4: 255, 6: 90 } as const;

interface Draft {
  /** Keywords that stand in the block, right or wrong: what is wrong is not also missing. */
  readonly given: Set<string>;
  state?: 'MASTER' | 'BACKUP';
  interface?: string;
  vrid?: number;
  priority?: number;
  interval?: { value: Micros; at: Token };
  version?: 2 | 3;
  preempt: boolean;
  nopreemptAt?: Token;
  preemptDelay: Micros;
  accept: boolean;
  addresses: { address: VirtualAddress; at: Token }[];
}

type Reader = (draft: Draft, statement: Statement, findings: Findings) => void;

const KEYWORDS: Readonly<Record<string, Reader>> = {
  state: (draft, { keyword, values }, findings) => {
    const value = values[0];
    if (value?.text === 'MASTER' || value?.text === 'BACKUP') draft.state = value.text;
    else findings.error(value ?? keyword, 'state is MASTER or BACKUP');
  },
  interface: (draft, { keyword, values }, findings) => {
    const value = values[0];
    if (value === undefined || value.text.length > 15)
      findings.error(value ?? keyword, 'interface takes a name of at most 15 characters');
    else draft.interface = value.text;
  },
  virtual_router_id: (draft, statement, findings) =>
    assign(draft, 'vrid', integer(statement, 1, 255, findings)),
  priority: (draft, statement, findings) =>
    assign(draft, 'priority', integer(statement, 1, 255, findings)),
  advert_int: (draft, statement, findings) => {
    const value = decimal(statement, 0.01, 255, findings);
    if (value !== undefined)
      draft.interval = { value: seconds(value), at: statement.values[0] ?? statement.keyword };
  },
  version: (draft, statement, findings) => {
    const value = integer(statement, 2, 3, findings);
    if (value === 2 || value === 3) draft.version = value;
  },
  nopreempt: (draft, { keyword }) => {
    draft.preempt = false;
    draft.nopreemptAt = keyword;
  },
  preempt: (draft) => {
    draft.preempt = true;
  },
  preempt_delay: (draft, statement, findings) => {
    const value = decimal(statement, 0, 1000, findings);
    if (value !== undefined) draft.preemptDelay = seconds(value);
  },
  accept: (draft) => {
    draft.accept = true;
  },
  no_accept: (draft) => {
    draft.accept = false;
  },
  virtual_ipaddress: (draft, { keyword, block }, findings) => {
    if (block === undefined)
      findings.error(keyword, 'virtual_ipaddress needs a block: virtual_ipaddress { ADDRESS ... }');
    for (const entry of block ?? []) readAddress(draft, entry, findings);
  },
};

const BLOCKS = ['virtual_ipaddress'];

export function instanceOf(
  statement: Statement,
  global: Pick<GlobalConfig, 'vrrpVersion'>,
  findings: Findings,
): VrrpInstanceConfig {
  const { keyword, values, block } = statement;
  const name = values[0]?.text;
  if (name === undefined)
    findings.error(keyword, 'vrrp_instance needs a name: vrrp_instance NAME {');
  if (block === undefined) findings.error(keyword, 'vrrp_instance needs a block');
  const draft: Draft = {
    given: new Set(block?.map((inner) => inner.keyword.text)),
    preempt: true,
    preemptDelay: micros(0),
    accept: true,
    addresses: [],
  };
  for (const inner of block ?? []) {
    const reader = Object.hasOwn(KEYWORDS, inner.keyword.text)
      ? KEYWORDS[inner.keyword.text]
      : undefined;
    if (reader === undefined) unknownKeyword(inner.keyword, Object.keys(KEYWORDS), findings);
    else if (inner.block !== undefined && !BLOCKS.includes(inner.keyword.text))
      findings.error(inner.keyword, `"${inner.keyword.text}" takes no block`);
    else reader(draft, inner, findings);
  }
  return resolve(name ?? '', draft, global, keyword, findings);
}

function resolve(
  name: string,
  draft: Draft,
  global: Pick<GlobalConfig, 'vrrpVersion'>,
  at: Token,
  findings: Findings,
): VrrpInstanceConfig {
  if (!draft.given.has('interface'))
    findings.error(at, `"${name}" needs an interface`, 'Add: interface NAME');
  if (!draft.given.has('virtual_router_id'))
    findings.error(at, `"${name}" needs a virtual_router_id`, 'Add: virtual_router_id 1..255');
  if (draft.addresses.length === 0)
    findings.error(at, `"${name}" needs a virtual_ipaddress block with at least one address`);
  const which = family(draft.addresses[0]?.address.address ?? ('0.0.0.0' as IpAddress));
  checkAddresses(draft, which, findings);
  const version = which === 6 ? 3 : (draft.version ?? global.vrrpVersion);
  if (which === 6 && draft.version === 2)
    findings.warning(
      at,
      `"${name}" has IPv6 addresses and runs version 3`,
      'VRRP version 2 carries no IPv6.',
    );
  const interval = draft.interval?.value ?? seconds(1);
  checkInterval(interval, version, draft.interval?.at ?? at, findings);
  // keepalived: 255, the owner, if the priority is left out and the state is MASTER.
  const priority = draft.priority ?? (draft.state === 'MASTER' ? 255 : 100);
  const state = draft.state ?? (priority === 255 ? 'MASTER' : 'BACKUP');
  if (draft.nopreemptAt !== undefined && state === 'MASTER') {
    findings.warning(
      draft.nopreemptAt,
      'nopreempt with state MASTER: the state is only a wish at start and is ignored',
      'Write state BACKUP.',
    );
  }
  return {
    ...FEATURE_DEFAULTS,
    name,
    state,
    interface: draft.interface ?? '',
    vrid: draft.vrid ?? 0,
    priority,
    advertInterval: interval,
    version,
    family: which,
    preempt: draft.preempt,
    preemptDelay: draft.preemptDelay,
    accept: draft.accept,
    addresses: draft.addresses.map(({ address }) => address),
    profile: 'rfc9568',
    checksum: 'pseudo-header',
  };
}

function readAddress(draft: Draft, { keyword, values }: Statement, findings: Findings): void {
  const prefix = parsePrefix(keyword.text);
  if (prefix === undefined) {
    findings.error(
      keyword,
      `not an address: "${keyword.text}"`,
      'Write ADDRESS or ADDRESS/LENGTH.',
    );
    return;
  }
  for (let i = 0; i < values.length; i += 2) {
    const [option, value] = [values[i], values[i + 1]];
    if (option?.text !== 'dev')
      findings.error(
        option ?? keyword,
        `unknown address option "${option?.text ?? ''}"`,
        'Known here: dev.',
      );
    else if (value === undefined) findings.error(option, 'dev needs an interface');
    else if (draft.interface !== undefined && value.text !== draft.interface) {
      findings.error(value, "addresses on another interface than the instance's are not supported");
    }
  }
  if (draft.addresses.some(({ address }) => address.address === prefix.address)) {
    findings.error(keyword, `${prefix.address} stands here twice`);
    return;
  }
  draft.addresses.push({ address: prefix, at: keyword });
}

function checkAddresses(draft: Draft, which: 4 | 6, findings: Findings): void {
  const [first] = draft.addresses;
  const stray = draft.addresses.find(({ address }) => family(address.address) !== which);
  if (stray !== undefined)
    findings.error(
      stray.at,
      'IPv4 and IPv6 addresses cannot share an instance',
      'Make a second vrrp_instance.',
    );
  if (first !== undefined && which === 6 && !isLinkLocal(first.address.address)) {
    findings.error(
      first.at,
      'the first IPv6 address must be link-local (RFC 9568 5.2.9)',
      'Put an fe80::/10 address first.',
    );
  }
  const beyond = draft.addresses[MOST_ADDRESSES[which]];
  if (beyond !== undefined)
    findings.error(beyond.at, `an advert carries at most ${MOST_ADDRESSES[which]} addresses`);
}

function checkInterval(interval: Micros, version: 2 | 3, at: Token, findings: Findings): void {
  if (version === 2 && interval % 1_000_000 !== 0) {
    findings.error(
      at,
      'VRRP version 2 counts whole seconds',
      'Write version 3 for a shorter advert_int.',
    );
  }
  if (version === 3 && (interval % 10_000 !== 0 || interval > 40_950_000)) {
    findings.error(at, 'VRRP version 3 counts centiseconds, 0.01 to 40.95 s');
  }
}

function assign<K extends 'vrid' | 'priority'>(
  draft: Draft,
  key: K,
  value: number | undefined,
): void {
  if (value !== undefined) draft[key] = value;
}

function integer(
  { keyword, values }: Statement,
  least: number,
  most: number,
  findings: Findings,
): number | undefined {
  const text = values[0]?.text ?? '';
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  findings.error(
    values[0] ?? keyword,
    `${keyword.text} is a whole number from ${least} to ${most}`,
  );
  return undefined;
}

function decimal(
  { keyword, values }: Statement,
  least: number,
  most: number,
  findings: Findings,
): number | undefined {
  const text = values[0]?.text ?? '';
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= least && value <= most) return value;
  findings.error(
    values[0] ?? keyword,
    `${keyword.text} is a number of seconds from ${least} to ${most}`,
  );
  return undefined;
}

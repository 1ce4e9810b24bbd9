/** Interfaces that halabd creates: `use_vmac`, `use_vmac_addr` (one for addresses elsewhere) and `use_ipvlan`. */

import {
  type Family,
  formatPrefix,
  type Mac,
  type Prefix,
  parseMac,
  parsePrefix,
} from '../../net/address.ts';
import type { IpvlanConfig, VmacConfig, VrrpInstanceConfig } from '../core/config.ts';
import type { VirtualAddress } from '../core/config-address.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import { interfaceName } from '../text/values.ts';
import { type Codec, input, type Rows } from './keyword.ts';

/** `use_vmac` or `use_ipvlan` before the VRID is known. */
export interface VmacDraft {
  interface?: string | undefined;
  mac?: { readonly mac: Mac; readonly endsWithVrid: boolean } | undefined;
  ipvlan?: IpvlanConfig;
}

const MODES = ['bridge', 'private', 'vepa'] as const;

/** `use_vmac [NAME] [MAC]`; of several names or MACs the first counts. */
export function readVmac({ keyword, values }: Statement, before: VmacDraft | undefined): VmacDraft {
  const draft: VmacDraft = { ...before };
  for (const value of values.slice(0, 2)) {
    const isMac = value.text.includes(':');
    if (isMac && draft.mac === undefined) {
      const mac = macOf(value.text);
      if (mac === undefined) value.warning(`no MAC for a vmac: "${value.text}"`);
      else draft.mac = mac;
    } else if (!isMac && draft.interface === undefined) {
      const name = interfaceName(value, keyword);
      if (name !== undefined) draft.interface = name;
    } else value.warning(`${keyword.text} has that already: "${value.text}" is ignored`);
  }
  return draft;
}

/** A unicast MAC other than the one of the RFC; with five bytes the VRID is the sixth, which is `00` here. */
function macOf(text: string): VmacDraft['mac'] {
  const bytes = text.replace(/:$/, '').split(':');
  const short = bytes.length === 5;
  if (!bytes.every((byte) => /^[\da-fA-F]{1,2}$/.test(byte))) return undefined;
  const mac = parseMac(
    [...bytes, ...(short ? ['00'] : [])].map((b) => b.padStart(2, '0')).join(':'),
  );
  if (mac === undefined || Number.parseInt(mac.slice(0, 2), 16) & 1) return undefined;
  return /^00:00:5e:00:0[12]:/.test(mac) ? undefined : { mac, endsWithVrid: short };
}

/** `use_ipvlan [NAME] [ADDRESS] [bridge|private|vepa]`. */
export function readIpvlan(
  { keyword, values }: Statement,
  before: VmacDraft | undefined,
): VmacDraft {
  const draft: VmacDraft = { ...before };
  let address: Prefix | undefined;
  let mode: IpvlanConfig['mode'] | undefined;
  for (const value of values) {
    const found = parsePrefix(value.text);
    const known = MODES.find((mode) => mode === value.text);
    if (found !== undefined) address ??= found;
    else if (known !== undefined) mode ??= known;
    else draft.interface ??= interfaceName(value, keyword);
  }
  if (address === undefined) {
    const hint = 'Write: use_ipvlan [NAME] ADDRESS [bridge|private|vepa].';
    keyword.stops('use_ipvlan needs an address that adverts come from', hint);
  } else draft.ipvlan = { address, mode: mode ?? 'bridge' };
  return draft;
}

/** The name is empty if none is given; `nameVmacs` sets it. */
export function vmacOf(
  draft: VmacDraft | undefined,
  vrid: number | undefined,
  transmitOnBase: boolean,
  which: Family,
): VmacConfig | undefined {
  if (draft === undefined || vrid === undefined) return undefined;
  const { interface: name = '', ipvlan } = draft;
  const mac = ipvlan === undefined ? macFor(draft, vrid, which) : undefined;
  return { interface: name, transmitOnBase, mac, ipvlan };
}

/** The MAC of `use_vmac` applies to the vmacs of addresses, too. */
export function macFor(draft: VmacDraft | undefined, vrid: number, which: Family): Mac {
  const given = draft?.mac;
  if (given === undefined) return virtualMac(vrid, which);
  return given.endsWithVrid ? (`${given.mac.slice(0, -2)}${hex(vrid)}` as Mac) : given.mac;
}

/** RFC 9568 7.3. */
export function virtualMac(vrid: number, which: Family): Mac {
  return `00:00:5e:00:0${which === 4 ? 1 : 2}:${hex(vrid)}` as Mac;
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** An address on its own vmac; `nameVmacs` sets the name. */
export function onOwnVmac(address: VirtualAddress, mac: Mac): VirtualAddress {
  return { ...address, vmac: { interface: '', mac } };
}

export function printVmac({ vmac, vrid, family }: VrrpInstanceConfig, keyword: string): string[] {
  if (vmac === undefined || vmac.ipvlan !== undefined) return [];
  // The MAC of the RFC must not be written.
  const own = vmac.mac === undefined || vmac.mac === virtualMac(vrid, family) ? '' : ` ${vmac.mac}`;
  return [`${keyword} ${quoteWord(vmac.interface)}${own}`];
}

export function printIpvlan({ vmac }: VrrpInstanceConfig, keyword: string): string[] {
  if (vmac?.ipvlan === undefined) return [];
  const { address, mode } = vmac.ipvlan;
  return [`${keyword} ${quoteWord(vmac.interface)} ${formatPrefix(address)} ${mode}`];
}

/** keepalived: of two instances with one vmac name the second gets another name. */
export function withoutTakenName(
  draft: { readonly vmac: VmacDraft | undefined; readonly at: Token },
  before: readonly { readonly vmac: VmacDraft | undefined; readonly name: string }[],
): void {
  const { vmac, at } = draft;
  const name = vmac?.interface;
  const other = before.find((draft) => draft.vmac?.interface === name);
  if (vmac === undefined || name === undefined || other === undefined) return;
  at.warning(`the vmac of "${other.name}" is called ${name} already: it gets another name`);
  delete vmac.interface;
}

/** The first one counts. */
const PREFIX: Codec<string> = {
  shape: 'value',
  type: 'the beginning of a name',
  read: ({ keyword, values }, before) => {
    if (before === undefined) return values[0]?.text ?? '';
    return keyword.warning(`${keyword.text} is given already: ignored`);
  },
  print: quoteWord,
};

// biome-ignore format: a table, one keyword a line
export const PREFIXES: Rows<{ own?: string; address?: string }, never> = {
  vmac_prefix: input('own', PREFIX, 'Prefix of the names of vmacs.', { unset: 'vrrp', since: '2.2.0' }),
  vmac_addr_prefix: input('address', PREFIX, 'Prefix of the names of vmacs that only hold addresses.', { unset: 'vmac_prefix', since: '2.2.0' }),
};

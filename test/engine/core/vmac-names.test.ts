/** Names of vmacs, as keepalived 2.2.7 gives them. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/conf/read.ts';

const block = (name: string, lines: string, addresses: string, vrid = 51): string =>
  `vrrp_instance ${name} {\n interface eth0\n virtual_router_id ${vrid}\n ${lines}\n` +
  ` virtual_ipaddress {\n ${addresses}\n }\n}\n`;
const read = (text: string) => parseConfig(text, 'k').config.instances;
const vmacs = (text: string) => read(text).map(({ vmac }) => vmac?.interface);
const places = (text: string) =>
  read(text).flatMap(({ addresses }) =>
    addresses.map((address) => address.vmac?.interface ?? address.interface ?? ''),
  );

describe('a vmac without a name', () => {
  it('is vrrp.VRID for the first family that comes', () => {
    expect(vmacs(block('a', 'use_vmac', 'fe80::1'))).toEqual(['vrrp.51']);
    const four = block('a', 'use_vmac', '10.0.0.1');
    const six = block('b', 'use_vmac', 'fe80::1');
    expect(vmacs(four + six)).toEqual(['vrrp.51', 'vrrp6.51']);
    expect(vmacs(six + four)).toEqual(['vrrp.51', 'vrrp1.51']);
  });

  it('takes no name that the file uses elsewhere', () => {
    const on = block('a', 'use_vmac', '10.0.0.1');
    const other = block('b', 'use_vmac vrrp.51', '10.0.0.2', 52);
    expect(vmacs(on + other)).toEqual(['vrrp1.51', 'vrrp.51']);
    const tracked = block('a', 'use_vmac\n track_interface {\n vrrp.51\n }', '10.0.0.1');
    expect(vmacs(tracked)).toEqual(['vrrp1.51']);
  });

  it('begins with vmac_prefix, truncated to the limit of the kernel', () => {
    const prefixed = (prefix: string) => `global_defs {\n vmac_prefix ${prefix}\n}\n`;
    expect(vmacs(prefixed('lab') + block('a', 'use_vmac', '10.0.0.1'))).toEqual(['lab.51']);
    const two = block('a', 'use_vmac', '10.0.0.1') + block('b', 'use_vmac', 'fe80::1');
    expect(vmacs(prefixed('laboratory-net') + two)).toEqual(['laboratory-n.51', 'laboratory-6.51']);
    const twice = parseConfig(`${prefixed('a')}${prefixed('b')}`, 'k').issues;
    expect(twice[0]?.message).toBe('vmac_prefix is given already: ignored');
  });

  it('names an ipvlan without a name, too', () => {
    expect(vmacs(block('a', 'use_ipvlan 10.0.0.9/24', '10.0.0.1'))).toEqual(['vrrp.51']);
  });

  it('is given to the second of two instances with one name', () => {
    const two = block('a', 'use_vmac v0', '10.0.0.1') + block('b', 'use_vmac v0', '10.0.0.2', 52);
    expect(vmacs(two)).toEqual(['v0', 'vrrp.52']);
    const [issue] = parseConfig(two, 'k').issues;
    expect(issue?.message).toBe('the vmac of "a" is called v0 already: it gets another name');
  });
});

describe('an address', () => {
  it('on another interface is on a vmac there, shared by addresses of one family', () => {
    const addresses = '10.0.0.1\n 10.1.0.1 dev eth1\n 10.2.0.1 dev eth2\n 10.1.0.2 dev eth1';
    const text = block('a', 'use_vmac\n use_vmac_addr', addresses);
    expect(places(text)).toEqual(['', 'vrrp1.51', 'vrrp2.51', 'vrrp1.51']);
    const prefixes = 'global_defs {\n vmac_prefix lab\n vmac_addr_prefix on\n}\n';
    expect(places(prefixes + text)).toEqual(['', 'on.51', 'on1.51', 'on.51']);
  });

  it('has the MAC of its instance', () => {
    const text = block('a', 'use_vmac 02:00:00:00:00:', '10.1.0.1 dev eth1 use_vmac');
    expect(read(text)[0]?.addresses[0]?.vmac?.mac).toBe('02:00:00:00:00:33');
  });

  it('whose dev is the base interface is on the vmac; with an ipvlan all are on it', () => {
    expect(places(block('a', 'use_vmac', '10.0.0.1\n 10.0.0.2 dev eth0'))).toEqual(['', '']);
    expect(places(block('a', 'use_ipvlan i0 10.0.0.9/24', '10.0.0.1'))).toEqual(['eth0']);
  });

  it('of the other family is on the base interface, or with use_vmac_addr on a vmac of its family', () => {
    const excluded = ' virtual_ipaddress_excluded {\n 2001:db8::1\n }\n}\n';
    const text = (lines: string) => block('a', lines, '10.0.0.1').replace(/\}\n$/, excluded);
    const place = (lines: string) =>
      read(text(lines))[0]?.excluded.map((address) => address.vmac?.interface ?? address.interface);
    expect(place('use_vmac')).toEqual(['eth0']);
    expect(place('use_vmac\n use_vmac_addr')).toEqual(['vrrp6.51']);
  });
});

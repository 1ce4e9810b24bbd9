/** `-t` reports names that the machine lacks with their positions, as keepalived does. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Network, ROOT } from '../../support/netns.ts';

let net: Network;
beforeAll(() => {
  net = new Network('names');
  net.host('a', '10.66.0.11/24');
});
afterAll(() => net.close());

const conf = (more: string, { interface: on = 'lan', vip = '', outside = '' } = {}): string =>
  `vrrp_instance web {
  interface ${on}
  virtual_router_id 51
  priority 100
  virtual_ipaddress {
    10.66.0.9/24 ${vip}
  }
  ${more}
}
${outside}`;
const check = (text: string) => {
  const file = net.write('a.conf', text);
  const own = net.ask('a', process.execPath, join(ROOT, 'dist/halabd.js'), '-t', '-f', file);
  return { file, own, keepalived: net.ask('a', 'keepalived', '-t', '-f', file) };
};
const rule = 'from 10.66.0.9 priority 500';
const route = '10.1.0.0/16 via 10.66.0.1';

/** The case, the text, and the position of the name. */
const INTERFACES: readonly (readonly [string, string, string])[] = [
  ['interface', conf('', { interface: 'eth9' }), '2:13'],
  ['track_interface', conf('track_interface {\neth9 weight 5\n}'), '9:1'],
  ['dev of a virtual address', conf('', { vip: 'dev eth9' }), '6:22'],
  [
    'dev of an excluded address',
    conf('virtual_ipaddress_excluded {\n10.66.0.8/24 dev eth9\n}'),
    '9:18',
  ],
  ['dev of a route', conf(`virtual_routes {\n${route} dev eth9\n}`), '9:31'],
  ['oif of a route', conf(`virtual_routes {\n${route} oif eth9\n}`), '9:31'],
  ['iif of a rule', conf(`virtual_rules {\n${rule} iif eth9 table 5\n}`), '9:33'],
  ['oif of a rule', conf(`virtual_rules {\n${rule} oif eth9 table 5\n}`), '9:33'],
  [
    'a static address',
    conf('', { outside: 'static_ipaddress {\n10.8.0.1/24 dev eth9\n}' }),
    '11:17',
  ],
  ['a static route', conf('', { outside: `static_routes {\n${route} dev eth9\n}` }), '11:31'],
  ['a static rule', conf('', { outside: `static_rules {\n${rule} iif eth9 table 5\n}` }), '11:33'],
  [
    'track_interface of a group',
    conf('', { outside: 'vrrp_sync_group g {\ngroup {\nweb\n}\ntrack_interface {\neth9\n}\n}' }),
    '15:1',
  ],
  [
    'an interface of a garp_group',
    conf('', { outside: 'garp_group {\ngarp_interval 1\ninterfaces {\neth9\n}\n}' }),
    '13:1',
  ],
];

describe('a missing interface', () => {
  it.each(INTERFACES)('%s', (_, text, place) => {
    const { file, own, keepalived } = check(text);
    expect(keepalived.output).toContain('eth9');
    expect([own.status, keepalived.status], own.output).toEqual([5, 5]);
    expect(own.output).toContain(`${file}:${place}: warning: there is no interface eth9 here`);
    const dynamic = check(`global_defs {\ndynamic_interfaces\n}\n${text}`);
    expect(dynamic.own.output).not.toContain('there is no interface');
    expect(dynamic.keepalived.output).not.toContain('Non-existent interface');
    const there = check(text.replaceAll('eth9', 'lan'));
    expect(there.own.output).not.toContain('there is no interface');
  });

  it.each([
    [
      'bind_if',
      conf('', {
        outside: `virtual_server 10.66.0.9 80 {
      protocol TCP\nlvs_sched rr\nlvs_method NAT
      real_server 10.66.0.3 80 { TCP_CHECK { bind_if eth9 } }\n}`,
      }),
    ],
    ['an unused default', `global_defs {\ndefault_interface eth9\n}\n${conf('')}`],
    ['the name of an address', conf('', { vip: 'label lan:eth9' })],
  ])('is not checked: %s', (_, text) => {
    const { own, keepalived } = check(text);
    expect(own.output).not.toContain('eth9 here');
    expect(keepalived.output).not.toContain("doesn't exist");
  });
});

describe('a missing user', () => {
  it.each([
    ['script_user', `global_defs {\nscript_user nosuch\n}\n${conf('')}`, '2:13', 'user nosuch'],
    ['its group', `global_defs {\nscript_user root nosuch\n}\n${conf('')}`, '2:18', 'group nosuch'],
    [
      'user of a script',
      conf('track_script {\ns\n}', {
        outside: 'vrrp_script s {\nscript /bin/true\nuser nosuch\n}',
      }),
      '14:6',
      'user nosuch',
    ],
  ])('%s', (_, text, place, what) => {
    const { file, own, keepalived } = check(text);
    expect([own.status, keepalived.status], own.output).toEqual([5, 5]);
    expect(own.output).toContain(`${file}:${place}: warning: there is no ${what} here`);
  });

  it('notify: keepalived reports nothing and runs nothing', () => {
    const { file, own } = check(conf('notify_master /bin/true nosuch'));
    expect(own.status).toBe(5);
    expect(own.output).toContain(`${file}:8:27: warning: there is no user nosuch here`);
  });
});

describe('a missing script of a FIFO', () => {
  it.each(['notify_fifo', 'vrrp_notify_fifo', 'lvs_notify_fifo'])('%s_script', (fifo) => {
    const text = `global_defs {\n${fifo} /tmp/fifo\n${fifo}_script /no/such/script\n}\n${conf('')}`;
    const { own, keepalived } = check(text);
    expect(own.output).toContain('/no/such/script');
    expect(own.output).toContain('left out');
    expect(own.status, keepalived.output).toBe(keepalived.status);
  });
});

it('-t looks in the network namespace of the configuration', () => {
  const file = net.write('ns.conf', `net_namespace ${net.namespace('a')}\n${conf('')}`);
  const own = net.ask('sw', process.execPath, join(ROOT, 'dist/halabd.js'), '-t', '-f', file);
  expect(own).toEqual({ status: 0, output: '' });
});

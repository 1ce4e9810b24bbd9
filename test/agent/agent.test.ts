import { describe, expect, it } from 'vitest';
import { engineEvent } from '../../src/agent/engine-events.ts';
import { type Table, tableText } from '../../src/agent/faults/filter.ts';
import { icmpRules } from '../../src/agent/faults/icmp.ts';
import { portRules } from '../../src/agent/faults/port.ts';
import { blockRules, loseRules } from '../../src/agent/faults/vrrp.ts';
import { notifyEvent } from '../../src/agent/line-fifo.ts';
import type { FaultOf } from '../../src/fault/faults.ts';
import { ip } from '../../src/net/address.ts';

type Filtered = FaultOf<'vrrp.block' | 'vrrp.lose' | 'port.block' | 'icmp.drop'>;

const rulesOf = (id: string, fault: Filtered, devices: string[]): string =>
  tableText(id, tableOf(fault, devices));

function tableOf(fault: Filtered, devices: string[]): Table {
  switch (fault.kind) {
    case 'vrrp.block':
      return blockRules(fault, devices);
    case 'vrrp.lose':
      return loseRules(fault, devices);
    case 'port.block':
      return portRules(fault);
    default:
      return icmpRules(fault, devices);
  }
}

describe('the agent', () => {
  it('turns only a state line of halabd into an event', () => {
    const line =
      '{"kind":"state","at":5,"instance":"web","state":"MASTER","reason":"no-response","detail":"heard nothing","priority":100}';
    expect(engineEvent(line, 'gw1')).toEqual({
      kind: 'state',
      at: 5,
      source: 'engine',
      node: 'gw1',
      instance: 'web',
      state: 'MASTER',
      reason: 'no-response',
      detail: 'heard nothing',
    });
    expect(engineEvent('{"kind":"received","at":5}', 'gw1')).toBeUndefined();
    expect(engineEvent('plain text', 'gw1')).toBeUndefined();
    expect(engineEvent('null', 'gw1')).toBeUndefined();
  });

  it('filters protocol 112 at the device in the requested direction, and counts the packets first', () => {
    expect(rulesOf('f', { kind: 'vrrp.block', node: 'gw1', direction: 'in' }, ['lan'])).toBe(
      'table netdev halab_f {\n' +
        '  chain met_ingress0 {\n    type filter hook ingress device "lan" priority -1;\n' +
        '    ip protocol 112 counter\n    ip6 nexthdr 112 counter\n  }\n' +
        '  chain ingress0 {\n    type filter hook ingress device "lan" priority 0;\n' +
        '    ip protocol 112 drop\n    ip6 nexthdr 112 drop\n  }\n}\n',
    );
    expect(
      rulesOf('f', { kind: 'vrrp.block', node: 'gw1', direction: 'out' }, ['lan']),
    ).not.toContain('ingress');
    expect(
      rulesOf('f', { kind: 'vrrp.block', node: 'gw1', direction: 'both' }, ['lan', 'farm']).match(
        /chain /g,
      ),
    ).toHaveLength(8);
  });

  it('refuses adverts in the output hook, so that the sender gets an error', () => {
    const fault = { kind: 'vrrp.block', node: 'gw1', direction: 'out', mode: 'reject' } as const;
    expect(rulesOf('f', fault, ['lan'])).toBe(
      'table inet halab_f {\n  chain leaving {\n' +
        '    type filter hook output priority raw; policy accept;\n' +
        '    meta l4proto 112 counter drop\n  }\n}\n',
    );
  });

  it('filters the adverts of one peer by every address that it may use', () => {
    const from = { node: 'gw1', addresses: [ip('10.0.0.1'), ip('fe80::1')] };
    const rules = rulesOf('f', { kind: 'vrrp.block', node: 'gw2', direction: 'in', from }, ['lan']);
    expect(rules).toContain('    ip protocol 112 ip saddr { 10.0.0.1 } drop\n');
    expect(rules).toContain('    ip6 nexthdr 112 ip6 saddr { fe80::1 } drop\n');
    expect(rulesOf('f', { kind: 'vrrp.lose', node: 'gw2', from, count: 3 }, ['lan', 'farm'])).toBe(
      'table netdev halab_f {\n  chain lose {\n    numgen inc mod 2147483647 < 3 counter drop\n  }\n' +
        ['lan', 'farm']
          .map(
            (device, i) =>
              `  chain ingress${i} {\n    type filter hook ingress device "${device}" priority 1;\n` +
              '    ip protocol 112 ip saddr { 10.0.0.1 } jump lose\n' +
              '    ip6 nexthdr 112 ip6 saddr { fe80::1 } jump lose\n  }\n',
          )
          .join('') +
        '}\n',
    );
  });

  it('passes only letters, digits and underscores of a fault id to nft', () => {
    expect(
      rulesOf('a; flush ruleset', { kind: 'vrrp.block', node: 'gw1', direction: 'in' }, ['lan']),
    ).toContain('table netdev halab_a__flush_ruleset {');
  });

  it('filters a port before address translation, for addresses of the node only, in the given mode', () => {
    const port = (mode: 'drop' | 'reject' | 'reset'): string =>
      rulesOf('f', { kind: 'port.block', node: 'web1', port: 80, mode }, ['lan']);
    expect(port('drop')).toBe(
      'table inet halab_f {\n  chain arriving {\n    type filter hook prerouting priority mangle; policy accept;\n    fib daddr type local meta l4proto { tcp, udp } th dport 80 counter drop\n  }\n}\n',
    );
    expect(port('reject')).toContain('reject with icmpx type port-unreachable');
    expect(port('reset')).toContain('tcp dport 80 counter reject with tcp reset');
  });

  it('filters ICMP except neighbour discovery', () => {
    const icmp = (type: 'echo' | 'all'): string =>
      rulesOf('f', { kind: 'icmp.drop', node: 'web1', type, direction: 'in' }, ['lan']);
    expect(icmp('echo')).toContain('icmpv6 type { echo-request, echo-reply } drop');
    expect(icmp('all')).toContain('ip protocol icmp drop');
    expect(icmp('all')).toContain('icmpv6 type != 133-137 drop');
  });

  it('reads the arguments of the notify script for instances', () => {
    expect(notifyEvent('INSTANCE web MASTER 150', 'gw1')).toMatchObject({
      kind: 'notify',
      source: 'agent',
      node: 'gw1',
      instance: 'web',
      state: 'MASTER',
    });
    expect(notifyEvent('GROUP pair MASTER 0', 'gw1')).toBeUndefined();
    expect(notifyEvent('INSTANCE web', 'gw1')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { engineEvent } from '../../src/agent/engine-events.ts';
import { rulesOf } from '../../src/agent/packet-filter.ts';

describe('the agent', () => {
  it('turns a state line of halabd into an event, and nothing else', () => {
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

  it('filters protocol 112 in the direction asked for, at the device', () => {
    expect(rulesOf('f', { kind: 'vrrp.block', node: 'gw1', direction: 'in' }, ['lan'])).toBe(
      'table netdev halab_f {\n  chain ingress0 {\n    type filter hook ingress device "lan" priority 0;\n    ip protocol 112 counter drop\n    ip6 nexthdr 112 counter drop\n  }\n}\n',
    );
    expect(
      rulesOf('f', { kind: 'vrrp.block', node: 'gw1', direction: 'out' }, ['lan']),
    ).not.toContain('ingress');
    expect(
      rulesOf('f', { kind: 'vrrp.block', node: 'gw1', direction: 'both' }, ['lan', 'farm']).match(
        /chain /g,
      ),
    ).toHaveLength(4);
  });

  it('lets nothing but letters, digits and underscores of a fault id reach nft', () => {
    expect(
      rulesOf('a; flush ruleset', { kind: 'vrrp.block', node: 'gw1', direction: 'in' }, ['lan']),
    ).toContain('table netdev halab_a__flush_ruleset {');
  });
});

import { describe, expect, it } from 'vitest';
import { blockRules } from '../../src/agent/packet-filter.ts';
import { stateEvent } from '../../src/agent/router.ts';

describe('the agent', () => {
  it('turns a state line of halabd into an event, and nothing else', () => {
    const line =
      '{"kind":"state","at":5,"instance":"web","state":"MASTER","reason":"no-response","detail":"heard nothing","priority":100}';
    expect(stateEvent(line, 'gw1')).toEqual({
      kind: 'state',
      at: 5,
      source: 'engine',
      node: 'gw1',
      instance: 'web',
      state: 'MASTER',
      reason: 'no-response',
      detail: 'heard nothing',
    });
    expect(stateEvent('{"kind":"received","at":5}', 'gw1')).toBeUndefined();
    expect(stateEvent('plain text', 'gw1')).toBeUndefined();
    expect(stateEvent('null', 'gw1')).toBeUndefined();
  });

  it('filters protocol 112 in the direction asked for, at the device', () => {
    expect(blockRules('f', 'in', ['lan'])).toBe(
      'table netdev halab_f {\n  chain ingress0 {\n    type filter hook ingress device "lan" priority 0;\n    ip protocol 112 counter drop\n    ip6 nexthdr 112 counter drop\n  }\n}\n',
    );
    expect(blockRules('f', 'out', ['lan'])).not.toContain('ingress');
    expect(blockRules('f', 'both', ['lan', 'farm']).match(/chain /g)).toHaveLength(4);
  });

  it('lets nothing but letters, digits and underscores of a fault id reach nft', () => {
    expect(blockRules('a; flush ruleset', 'in', ['lan'])).toContain(
      'table netdev halab_a__flush_ruleset {',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { deadFences, fenceRules } from '../../src/agent/fence.ts';

describe('the rules of a fence', () => {
  const rules = fenceRules('0000000abc', {
    bridges: ['hl00000abc0', 'hl00000abc1'],
    ports: ['veth1'],
  });

  it('replace an older fence of the run in one transaction', () => {
    expect(rules.split('\n').slice(0, 3)).toEqual([
      'table netdev halab_fence_0000000abc',
      'delete table netdev halab_fence_0000000abc',
      'table netdev halab_fence_0000000abc {',
    ]);
  });

  it('drop everything that comes up from each bridge, and that goes down to it', () => {
    for (const device of ['hl00000abc0', 'hl00000abc1'])
      for (const hook of ['ingress', 'egress'])
        expect(rules).toContain(
          `type filter hook ${hook} device "${device}" priority -500; policy accept;\ncounter drop`,
        );
  });

  it('drop at each port only the reserved groups: the bridge carries the rest', () => {
    expect(rules).toContain(
      'hook ingress device "veth1" priority -500; policy accept;\nether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 counter drop',
    );
  });

  it('do without the egress hook where the kernel has none', () => {
    expect(fenceRules('a', { bridges: ['b'], ports: [], egress: false })).not.toContain('egress');
  });
});

describe('a dead fence', () => {
  const listing = [
    'table ip nat',
    'table netdev halab_fence_0000000abc',
    'table netdev halab_fence_0000000xyz',
    'table netdev halab_fence_1111111abc',
    'table netdev halab_crash',
    'table netdev somebody_s',
  ].join('\n');

  it('is one of whose run no bridge is left, and no table of anybody else', () => {
    expect(deadFences(listing, ['lo', 'hl00000abc0', 'hl1111abcd0'])).toEqual([
      'halab_fence_0000000xyz',
      'halab_fence_1111111abc',
    ]);
    expect(deadFences(listing, ['hl00000abc12', 'hl00000xyz0', 'hl11111abc0'])).toEqual([]);
    expect(deadFences('', [])).toEqual([]);
  });
});

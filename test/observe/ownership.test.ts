import { describe, expect, it } from 'vitest';
import type { IpAddress } from '../../src/net/address.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { lengthOf, longest, Ownership, total } from '../../src/observe/ownership.ts';
import { type Instant, instant } from '../../src/time.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const [router] = topologyOf(PAIR_YAML).virtualRouters;
if (router === undefined) throw new Error('the pair has a virtual router');
const VIP = '10.0.0.100' as IpAddress;

function change(kind: 'address-added' | 'address-removed', node: string, at: number): LabEvent {
  return {
    kind,
    at: instant(at),
    source: 'kernel',
    node,
    interface: 'lan',
    address: VIP,
    length: 24,
  };
}

function ownershipOf(...events: LabEvent[]): Ownership {
  const ownership = new Ownership([router as NonNullable<typeof router>]);
  for (const event of events) ownership.observe(event);
  return ownership;
}

const window = (from: number, to: number): { from: Instant; to: Instant } => ({
  from: instant(from),
  to: instant(to),
});

describe('ownership', () => {
  it('lasts from the addition of an address to its removal', () => {
    const ownership = ownershipOf(
      change('address-added', 'gw1', 100),
      change('address-removed', 'gw1', 500),
      change('address-added', 'gw2', 600),
    );
    expect(ownership.holdingsOf(router)).toEqual([
      { node: 'gw1', address: VIP, from: 100, to: 500 },
      { node: 'gw2', address: VIP, from: 600, to: undefined },
    ]);
    expect(ownership.owners(router)).toEqual(['gw2']);
    expect(ownership.ownersAt(router, instant(499))).toEqual(['gw1']);
    expect(ownership.ownersAt(router, instant(500))).toEqual([]);
  });

  it('ends when the node dies, without an address event', () => {
    const ownership = ownershipOf(change('address-added', 'gw1', 100), {
      kind: 'node-down',
      at: instant(300),
      source: 'agent',
      node: 'gw1',
    });
    expect(ownership.owners(router)).toEqual([]);
    expect(ownership.gaps(router, window(0, 1000)).map(lengthOf)).toEqual([100, 700]);
  });

  it('shows an overlap of two owners as one interval', () => {
    const ownership = ownershipOf(
      change('address-added', 'gw1', 0),
      change('address-added', 'gw2', 400),
      change('address-removed', 'gw1', 450),
    );
    const overlaps = ownership.overlaps(router, window(0, 1000));
    expect(overlaps).toEqual([{ address: VIP, from: 400, to: 450, nodes: ['gw1', 'gw2'] }]);
    expect(total(overlaps)).toBe(50);
    expect(longest(overlaps)?.nodes).toEqual(['gw1', 'gw2']);
  });

  it('counts a change of owner once, and a repeated address event not at all', () => {
    const ownership = ownershipOf(
      change('address-added', 'gw1', 100),
      change('address-added', 'gw1', 120),
      change('address-removed', 'gw1', 200),
      change('address-added', 'gw2', 300),
    );
    expect(ownership.transitions(router, window(50, 1000)).map(({ node }) => node)).toEqual([
      'gw1',
      'gw2',
    ]);
    expect(ownership.transitions(router, window(150, 1000)).map(({ node }) => node)).toEqual([
      'gw2',
    ]);
  });

  it('ignores addresses that are no virtual addresses', () => {
    const stray: LabEvent = {
      kind: 'address-added',
      at: instant(1),
      source: 'kernel',
      node: 'gw1',
      interface: 'lan',
      address: '10.0.0.1' as IpAddress,
      length: 24,
    };
    expect(ownershipOf(stray).lastChange()).toBeUndefined();
  });

  it('does not accept claims of engines', () => {
    const claim: LabEvent = {
      kind: 'state',
      at: instant(1),
      source: 'engine',
      node: 'gw1',
      instance: 'web',
      state: 'MASTER',
      reason: 'no-response',
      detail: '',
    };
    expect(ownershipOf(claim).holders(router)).toEqual([]);
  });
});

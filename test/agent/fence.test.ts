import { describe, expect, it } from 'vitest';
import { fenceOff } from '../../src/agent/fence.ts';
import type { RouteSocket } from '../../src/linux/route-socket.ts';

const link = (ifindex: number, name: string, masterIfindex = 0) => ({
  ifindex,
  name,
  masterIfindex,
  mac: '02:00:00:00:00:01',
});
const LINKS = [
  link(1, 'lo'),
  link(5, 'hl0'),
  link(6, 'hl1'),
  link(7, 'vetha', 5),
  link(8, 'vethb', 6),
  link(9, 'docker0'),
  link(10, 'vethc', 9),
];

function host(addresses: readonly { readonly ifindex: number; readonly address: string }[] = []) {
  const done: string[] = [];
  const routes = {
    listLinks: () => LINKS,
    listAddresses: () => addresses,
    setNoLinkLocal: (ifindex: number) => done.push(`no link-local ${ifindex}`),
    deleteAddress: ({ address }: { address: string }) => done.push(`no ${address}`),
  } as unknown as RouteSocket;
  return { routes, done };
}

/** Records the filters; refuses one interface. */
function filterOf(done: string[], refused = 0) {
  return {
    add: (ifindex: number, hook: string, program: readonly unknown[]) => {
      const what = { 1: 'all', 6: 'its own', 7: 'reserved' }[program.length];
      done.push(`${hook} ${ifindex} ${what}`);
      return ifindex === refused ? 'EOPNOTSUPP' : 'done';
    },
  };
}

describe('a fence', () => {
  it('covers the bridges and their ports, and nothing else on the host', () => {
    const { routes, done } = host([
      { ifindex: 5, address: 'fe80::5' },
      { ifindex: 9, address: '172.17.0.1' },
      { ifindex: 7, address: 'fe80::7' },
    ]);
    expect(fenceOff(routes, filterOf(done), ['hl0', 'hl1'])).toBeUndefined();
    expect(done.sort()).toEqual(
      [
        'egress 5 all',
        'egress 6 all',
        'egress 7 its own',
        'egress 8 its own',
        'ingress 5 all',
        'ingress 6 all',
        'ingress 7 reserved',
        'ingress 8 reserved',
        ...[5, 6, 7, 8].map((ifindex) => `no link-local ${ifindex}`),
        'no fe80::5',
        'no fe80::7',
      ].sort(),
    );
  });

  it.each([
    [5, 'ingress filter of hl0: EOPNOTSUPP'],
    [8, 'ingress filter of vethb: EOPNOTSUPP'],
  ])('reports that interface %i refuses it', (refused, problem) => {
    const { routes, done } = host();
    expect(fenceOff(routes, filterOf(done, refused), ['hl0', 'hl1'])).toBe(problem);
  });

  it('needs every bridge', () => {
    const { routes, done } = host();
    expect(fenceOff(routes, filterOf(done), ['hl0', 'hl2'])).toBe('a bridge is missing');
    expect(done).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { engineEvent, isPoolLine, PoolWatch } from '../../src/agent/engine-events.ts';
import { ipvsPools, type KernelPools, nftPools } from '../../src/agent/kernel-pools.ts';
import type { LabEvent } from '../../src/observe/event.ts';

/** Output of nft, which breaks long maps over lines. */
const NFT = `table inet halab_lvs {
	chain services {
		ip daddr 10.50.6.100 tcp dport 80 goto server_1
		ip6 daddr 2001:db8::100 udp dport 53 goto server_2
		ip daddr 10.50.6.100 tcp dport 81 goto server_3
	}

	chain forwarded {
		type nat hook prerouting priority dstnat; policy accept;
		jump services
	}

	chain server_1 {
		meta l4proto tcp dnat ip to numgen inc mod 3 map { 0 : 10.50.7.21 . 80, 1 : 10.50.7.22 . 80,
								   2 : 10.50.7.21 . 80 }
	}

	chain server_2 {
		meta l4proto udp dnat ip6 to numgen inc mod 1 map { 0 : 2001:db8::21 . 53 }
	}

	chain server_3 {
	}
}
`;

const IPVS = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A320664:0050 rr 
  -> 0A320716:0050      Masq    1      0          0         
  -> 0A320715:0050      Masq    3      0          2         
TCP  [2001:0db8:0000:0000:0000:0000:0000:0100]:01BB wlc 
UDP  0A320664:0035 rr 
`;

describe("the kernel's pools", () => {
  it('are read from nftables rules: slots are weights, an empty chain has no server', () => {
    expect([...nftPools(NFT)]).toEqual([
      [
        '[10.50.6.100]:tcp:80',
        [
          { address: '10.50.7.21', port: 80, weight: 2 },
          { address: '10.50.7.22', port: 80, weight: 1 },
        ],
      ],
      ['[2001:db8::100]:udp:53', [{ address: '2001:db8::21', port: 53, weight: 1 }]],
      ['[10.50.6.100]:tcp:81', []],
    ]);
    expect(nftPools('').size).toBe(0);
  });

  it('are read from /proc/net/ip_vs', () => {
    expect([...ipvsPools(IPVS)]).toEqual([
      [
        '[10.50.6.100]:tcp:80',
        [
          { address: '10.50.7.22', port: 80, weight: 1 },
          { address: '10.50.7.21', port: 80, weight: 3 },
        ],
      ],
      ['[2001:db8::100]:tcp:443', []],
      ['[10.50.6.100]:udp:53', []],
    ]);
  });

  it('are reported after each change, and as empty after their removal', () => {
    const server = { address: '10.50.7.21', port: 80, weight: 1 } as never;
    const name = '[10.50.6.100]:tcp:80';
    const looks: KernelPools[] = [
      new Map([[name, [server]]]),
      new Map([[name, [server]]]),
      new Map(),
      new Map(),
    ];
    const events: LabEvent[] = [];
    const watch = new PoolWatch(
      () => 'gw1',
      (event) => events.push(event),
      () => looks.shift() ?? new Map(),
    );
    for (let i = 0; i < 4; i++) watch.look();
    expect(events).toMatchObject([
      { kind: 'pool', source: 'kernel', node: 'gw1', virtualServer: name, servers: [server] },
      { kind: 'pool', source: 'kernel', node: 'gw1', virtualServer: name, servers: [] },
    ]);
  });
});

describe('a line of halabd', () => {
  it.each([
    [
      '{"kind":"server","at":7,"virtual_server":"[10.0.0.1]:tcp:80","real_server":"[10.0.0.2]:tcp:8080","up":false,"detail":"status 500"}',
      {
        kind: 'server',
        virtualServer: '[10.0.0.1]:tcp:80',
        address: '10.0.0.2',
        port: 8080,
        up: false,
        detail: 'status 500',
      },
    ],
    [
      '{"kind":"quorum","at":7,"virtual_server":"[10.0.0.1]:tcp:80","up":true}',
      { kind: 'quorum', virtualServer: '[10.0.0.1]:tcp:80', up: true },
    ],
    [
      '{"kind":"priority","at":7,"instance":"web","priority":90}',
      { kind: 'priority', instance: 'web', priority: 90 },
    ],
    [
      '{"kind":"script","at":7,"script":"check","up":false}',
      { kind: 'script', script: 'check', up: false },
    ],
  ])('becomes a claim: %s', (line, claim) => {
    expect(engineEvent(line, 'gw1')).toEqual({ at: 7, source: 'engine', node: 'gw1', ...claim });
  });

  it('about a pool makes the agent read the kernel, and is no claim itself', () => {
    const line = '{"kind":"pool","at":7,"virtual_server":"[10.0.0.1]:tcp:80","servers":[]}';
    expect(engineEvent(line, 'gw1')).toBeUndefined();
    expect(isPoolLine(line)).toBe(true);
    expect(isPoolLine('{"kind":"state","at":7}')).toBe(false);
    expect(isPoolLine('{"kind":"pool"')).toBe(false);
  });

  it('is left out if its real server is not an address', () => {
    const line = '{"kind":"server","at":7,"virtual_server":"v","real_server":"web1","up":true}';
    expect(engineEvent(line, 'gw1')).toBeUndefined();
  });
});

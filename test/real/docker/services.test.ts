import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/fault/faults.ts';
import type { EventOf } from '../../../src/observe/event.ts';
import { between, micros, plus, seconds } from '../../../src/time.ts';
import { inject } from '../../support/contract.ts';
import { type DockerRun, withLab } from '../../support/docker.ts';
import { topologyOf } from '../../support/topology.ts';

/** Two balancers in front of two web servers and a sorry server, with every kind of check. */
const BALANCER = topologyOf(`
version: 1
name: services
networks: { lan: { subnet: 10.51.6.0/24 }, farm: { subnet: 10.51.7.0/24 } }
nodes:
  gw1: { role: router, attach: { lan: 10.51.6.11, farm: 10.51.7.11 } }
  gw2: { role: router, attach: { lan: 10.51.6.12, farm: 10.51.7.12 } }
  web1: { role: web, gateway: inside, services: { http: 80 }, attach: { farm: 10.51.7.21 } }
  web2: { role: web, gateway: inside, services: { http: 80 }, attach: { farm: 10.51.7.22 } }
  web3: { role: web, gateway: inside, services: { http: 80 }, attach: { farm: 10.51.7.23 } }
  client: { role: client, attach: { lan: 10.51.6.200 } }
virtual_routers:
  web:
    { vrid: 51, network: lan, addresses: [10.51.6.100/24], advert_interval: 100ms, members: { gw1: { priority: 150 }, gw2: { priority: 100 } } }
  inside:
    { vrid: 52, network: farm, addresses: [10.51.7.100/24], advert_interval: 100ms, members: { gw1: { priority: 150 }, gw2: { priority: 100 } } }
sync_groups: { pair: [web, inside] }
virtual_servers:
  http:
    { listen: "10.51.6.100:80", pool: [web1, web2], sorry: web3, check: { type: http, body: web, every: 300ms, timeout: 150ms } }
  https:
    { listen: "10.51.6.100:443", pool: [web1, web2], check: { type: https, every: 300ms, timeout: 200ms } }
  pinged:
    { listen: "10.51.6.100:8080", pool: [web1, web2], check: { type: ping, every: 300ms, timeout: 150ms } }
  scripted:
    { listen: "10.51.6.100:8081", pool: [web1, web2], check: { type: script, every: 300ms, timeout: 250ms } }
  datagrams:
    { listen: "10.51.6.100:53", protocol: udp, pool: [web1, web2], check: { type: udp, every: 300ms, timeout: 150ms } }
probes:
  vip-http: { from: client, to: "http://10.51.6.100/whoami", type: http, every: 20ms, timeout: 1s }
`);

const NAMES: Readonly<Record<string, string>> = {
  http: '[10.51.6.100]:tcp:80',
  https: '[10.51.6.100]:tcp:443',
  pinged: '[10.51.6.100]:tcp:8080',
  scripted: '[10.51.6.100]:tcp:8081',
  datagrams: '[10.51.6.100]:udp:53',
};
const NODES: Readonly<Record<string, string>> = {
  '10.51.7.21': 'web1',
  '10.51.7.22': 'web2',
  '10.51.7.23': 'web3',
};

/** The servers of a virtual server in the kernel of a router. */
function pool(run: DockerRun, server: string, on = 'gw1'): string[] | undefined {
  const last = run.timeline
    .of('pool')
    .filter(({ node, virtualServer }) => node === on && virtualServer === NAMES[server])
    .at(-1);
  return last?.servers.map(({ address }) => NODES[address] ?? address);
}

const is = (run: DockerRun, server: string, nodes: readonly string[], on?: string): boolean =>
  pool(run, server, on)?.join() === nodes.join();

function answers(run: DockerRun, within: number): EventOf<'http-result'>[] {
  const to = run.lab.clock.now();
  return run.timeline.requests('vip-http', { from: plus(to, micros(-within * 1_000_000)), to });
}

/** A failed first probe takes a server down, and a starting node may answer slowly. */
const FIRST_ANSWERS = seconds(1);

async function settle(run: DockerRun): Promise<void> {
  await run.until('every server has answered', () => {
    const changed = run.timeline.of('pool').at(-1)?.at;
    if (changed === undefined || between(changed, run.lab.clock.now()) < FIRST_ANSWERS)
      return false;
    return Object.keys(NAMES).every((server) => is(run, server, ['web1', 'web2']));
  });
  await run.until('gw1 holds the address and both answer', () => {
    const by = new Set(answers(run, 0.3).map((event) => (event.ok ? event.by : 'nobody')));
    return [...by].sort().join() === 'web1,web2';
  });
}

/** The pools that a fault of web1 removes it from; the other pools must keep it. */
const FAULTS: readonly (readonly [string, Fault, readonly string[], RegExp])[] = [
  ...(['drop', 'reject', 'reset'] as const).map(
    (mode) =>
      [
        `port.block ${mode}`,
        { kind: 'port.block', node: 'web1', port: 80, mode },
        ['http'],
        /packets for port 80 met the filter/,
      ] as const,
  ),
  ...(['in', 'out', 'both'] as const).map(
    (direction) =>
      [
        `icmp.drop ${direction}`,
        { kind: 'icmp.drop', node: 'web1', type: 'echo', direction },
        ['pinged'],
        /packets of ICMP met the filter/,
      ] as const,
  ),
  ['service.stop', on({ kind: 'service.stop' }), ['http'], /nothing listens on http port 80/],
  ['service.hang', on({ kind: 'service.hang' }), ['http'], /http was asked, under service.hang/],
  ['service.slow', on({ kind: 'service.slow', delay: seconds(1) }), ['http'], /was asked/],
  ['service.status', on({ kind: 'service.status', status: 503 }), ['http'], /was asked/],
  ['service.body', on({ kind: 'service.body', body: 'out of order' }), ['http'], /was asked/],
  [
    'service.stop of a udp service',
    { kind: 'service.stop', node: 'web1', service: 'udp-53' },
    ['datagrams'],
    /nothing listens on udp port 53/,
  ],
  [
    'tls.expired',
    { kind: 'tls.expired', node: 'web1', service: 'https-443' },
    ['https'],
    /https-443 was asked/,
  ],
];

function on(fault: { readonly kind: string } & Readonly<Record<string, unknown>>): Fault {
  return { node: 'web1', service: 'http', ...fault } as unknown as Fault;
}

describe('services in Docker', () => {
  it('alternate behind the address, and every fault removes its server from the right pools', async () => {
    await withLab(BALANCER, async (run) => {
      await settle(run);
      for (const [name, fault, hit, evidence] of FAULTS) {
        const result = await inject(run.lab, { id: name, fault });
        expect(result, name).toMatchObject({ ok: true });
        expect(result.ok ? result.evidence : '', name).toMatch(evidence);
        for (const server of hit)
          await run.until(`${name}: ${server} loses web1`, () => is(run, server, ['web2']));
        const others = Object.keys(NAMES).filter((server) => !hit.includes(server));
        for (const server of others)
          expect(pool(run, server), `${name}: ${server}`).toEqual(['web1', 'web2']);
        // The kernel is updated first, then the event is reported.
        const down = (): EventOf<'server'> | undefined =>
          run.timeline
            .of('server')
            .find(({ at, up, node }) => at >= result.at && !up && node === 'gw1');
        await run.until(`${name}: gw1 says so`, () => down() !== undefined);
        expect(down(), name).toMatchObject({ source: 'engine', address: '10.51.7.21' });
        await run.lab.heal(name);
        for (const server of hit)
          await run.until(`${name}: ${server} has web1 again`, () =>
            is(run, server, ['web1', 'web2']),
          );
      }
    });
  }, 180_000);

  it('flap, follow scripts, and are replaced by the sorry server', async () => {
    await withLab(BALANCER, async (run) => {
      await settle(run);
      const script = 'scripted-web1';
      const scripts: readonly Fault[] = [
        { kind: 'check-script.fail', node: 'gw1', script },
        { kind: 'check-script.hang', node: 'gw1', script },
        { kind: 'check-script.slow', node: 'gw1', script, delay: seconds(1) },
      ];
      for (const fault of scripts) {
        await run.strike(fault.kind, fault);
        await run.until(`${fault.kind}: down`, () => is(run, 'scripted', ['web2']));
        expect(pool(run, 'scripted', 'gw2'), fault.kind).toEqual(['web1', 'web2']);
        await run.lab.heal(fault.kind);
        await run.until(`${fault.kind}: up`, () => is(run, 'scripted', ['web1', 'web2']));
      }

      const flap = on({ kind: 'service.flap', every: seconds(3) });
      const since = await run.strike('flap', flap);
      const turns = (): boolean[] =>
        run.timeline
          .of('server')
          .filter(
            (event) =>
              event.at > since && event.node === 'gw1' && event.virtualServer === NAMES.http,
          )
          .map(({ up }) => up);
      await run.until('down, up and down again', () => turns().length >= 3);
      expect(turns().slice(0, 3)).toEqual([false, true, false]);
      await run.lab.heal('flap');
      await run.until('up for good', () => is(run, 'http', ['web1', 'web2']));

      await run.strike('one', on({ kind: 'service.stop' }));
      await run.strike('two', { kind: 'service.stop', node: 'web2', service: 'http' });
      await run.until('web3 says sorry', () => is(run, 'http', ['web3']));
      await run.until('gw1 says that the quorum is lost', () => {
        const last = run.timeline.of('quorum').filter(({ node }) => node === 'gw1');
        return last.at(-1)?.up === false;
      });
      await run.until('the client hears it', () => answers(run, 0.2).some((r) => r.by === 'web3'));
      await run.lab.heal('one');
      await run.lab.heal('two');
      await run.until('both are back', () => is(run, 'http', ['web1', 'web2']));
    });
  }, 120_000);

  it('are served by the other router after a crash, through the Active gateway', async () => {
    await withLab(BALANCER, async (run) => {
      await settle(run);
      const at = await run.strike('crash', { kind: 'node.kill', node: 'gw1' });
      await run.until('gw2 serves', () =>
        answers(run, 0.2).some(({ asked, ok }) => ok && asked > at),
      );
      const opened = (segment: string): string[] => {
        const since = run.timeline.since('connection', at);
        const here = since.filter(
          (event) => event.segment === segment && event.client === '10.51.6.200',
        );
        return [...new Set(here.map(({ node }) => node ?? '?'))].sort();
      };
      await run.until(
        'connections go to gw2, and on to both servers',
        () => opened('lan').includes('gw2') && opened('farm').join() === 'web1,web2',
      );
      await run.lab.heal('crash');
      await run.until('gw1 balances again', () => is(run, 'http', ['web1', 'web2'], 'gw1'));
    });
  }, 60_000);

  it('stay in the pools of the kernel while the checker is dead, and are checked again after', async () => {
    await withLab(BALANCER, async (run) => {
      await settle(run);
      await run.strike('check', { kind: 'process.kill', node: 'gw1', process: 'check' });
      await run.lab.heal('check');
      await run.strike('stop', on({ kind: 'service.stop' }));
      await run.until('the new checker sees it', () => is(run, 'http', ['web2']));
      expect(run.owners()).toEqual(['gw1']);
      const reload = { kind: 'process.reload', node: 'gw1' } as const;
      expect(await inject(run.lab, { id: 'hup', fault: reload })).toMatchObject({
        ok: true,
        evidence: 'SIGHUP was taken by 1 process',
      });
      await run.lab.heal('stop');
      await run.until('it is back', () => is(run, 'http', ['web1', 'web2']));
    });
  }, 60_000);
});

/** The service runs on the routers. */
const PAIR = topologyOf(`
version: 1
name: pair
networks: { lan: { subnet: 10.51.8.0/24 } }
nodes:
  gw1: { role: router, services: { http: 80 }, attach: { lan: 10.51.8.11 } }
  gw2: { role: router, services: { http: 80 }, attach: { lan: 10.51.8.12 } }
  client: { role: client, attach: { lan: 10.51.8.200 } }
virtual_routers:
  web:
    vrid: 51
    network: lan
    addresses: [10.51.8.100/24]
    advert_interval: 100ms
    notify: true
    track:
      service: { service: 80, every: 400ms, timeout: 400ms }
      check: { weight: -60, every: 300ms, timeout: 250ms }
    members: { gw1: { priority: 150 }, gw2: { priority: 100 } }
probes:
  vip-http: { from: client, to: "http://10.51.8.100/", type: http, every: 20ms, timeout: 500ms }
`);

describe('tracked scripts in Docker', () => {
  it('move the address to the node where the service runs, and run the notify script', async () => {
    await withLab(PAIR, async (run) => {
      const holder = (node: string): boolean => run.owners().join() === node;
      await run.until('gw1 serves', () => holder('gw1'));
      await run.until('gw1 was notified', () =>
        run.timeline.of('notify').some(({ node, state }) => node === 'gw1' && state === 'MASTER'),
      );
      const dead = await run.strike('dead', { kind: 'service.stop', node: 'gw1', service: 'http' });
      await run.until('gw2 serves', () => holder('gw2'));
      // Other scripts may report their first result now, or be late on a busy machine.
      const failed = run.timeline
        .since('script', dead)
        .find(({ node, script, up }) => node === 'gw1' && script === 'service' && !up);
      expect(failed).toMatchObject({ source: 'engine' });
      expect(between(dead, run.lab.clock.now())).toBeLessThan(seconds(3));
      await run.until('the client gets answers of gw2', () =>
        answers(run, 0.2).some(({ by, ok }) => ok && by === 'gw2'),
      );
      await run.lab.heal('dead');
      await run.until('gw1 serves again', () => holder('gw1'));

      for (const kind of ['check-script.fail', 'check-script.hang'] as const) {
        const from = await run.strike(kind, { kind, node: 'gw1', script: 'check' });
        await run.until(`${kind}: gw2 serves`, () => holder('gw2'));
        expect(run.timeline.since('priority', from)[0]).toMatchObject({
          node: 'gw1',
          priority: 90,
        });
        await run.lab.heal(kind);
        await run.until(`${kind}: gw1 serves again`, () => holder('gw1'));
        expect(run.timeline.of('priority').at(-1)).toMatchObject({ node: 'gw1', priority: 150 });
      }
      const notified = run.timeline.of('notify').map(({ node, state }) => `${node} ${state}`);
      expect(notified).toContain('gw1 FAULT');
      expect(notified).toContain('gw2 MASTER');
    });
  }, 60_000);
});

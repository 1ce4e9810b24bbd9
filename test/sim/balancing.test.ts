import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/fault/faults.ts';
import type { EventKind, EventOf } from '../../src/observe/event.ts';
import { type Instant, milliseconds, seconds } from '../../src/time.ts';
import { inject } from '../support/contract.ts';
import { type SimRun, simulate } from '../support/sim.ts';
import { topologyOf } from '../support/topology.ts';

const file = (name: string): string => readFileSync(`topologies/${name}.yaml`, 'utf8');
const FARM = topologyOf(file('load-balancer'));
const PAIR = topologyOf(file('service-pair'));
const HTTP = '[10.50.6.100]:tcp:80';
const WEB1 = '10.50.7.21';
const WEB2 = '10.50.7.22';

function of<K extends EventKind>(run: SimRun, kind: K, since = 0): EventOf<K>[] {
  return run.events.filter(
    (event): event is EventOf<K> => event.kind === kind && event.at >= since,
  );
}

const now = (run: SimRun): Instant => run.lab.clock.now();

/** The servers to which the kernel of a node sends new HTTP connections. */
function pool(run: SimRun, node: string): string[] | undefined {
  const last = of(run, 'pool').findLast(
    (event) => event.node === node && event.virtualServer === HTTP && event.source === 'kernel',
  );
  return last?.servers.map(({ address }) => address);
}

function results(run: SimRun, since: Instant): EventOf<'http-result'>[] {
  return of(run, 'http-result').filter(({ asked }) => asked >= since);
}

function answeredBy(run: SimRun, since: Instant): (string | undefined)[] {
  return [...new Set(results(run, since).map(({ by }) => by))].sort();
}

const strike = (run: SimRun, fault: Fault, id = 'f'): Promise<Instant> => run.strike(id, fault);

describe('a pair of balancers in front of servers', () => {
  it('distributes requests evenly, and each is seen on both segments', async () => {
    const run = await simulate(FARM);
    await run.pass(3);
    const since = now(run);
    await run.pass(5);
    const all = results(run, since);
    expect(all.length).toBeGreaterThanOrEqual(98);
    expect(all.every(({ ok, status, node }) => ok && status === 200 && node === 'client')).toBe(
      true,
    );
    const web1 = all.filter(({ by }) => by === 'web1').length;
    expect(Math.abs(2 * web1 - all.length)).toBeLessThanOrEqual(1);
    const opened = of(run, 'connection', since).filter(({ client }) => client === '10.50.6.200');
    const ends = new Set(
      opened.map(({ segment, node, address, port }) => `${segment} ${node} ${address} ${port}`),
    );
    expect([...ends].sort()).toEqual([
      `farm web1 ${WEB1} 80`,
      `farm web2 ${WEB2} 80`,
      'lan gw1 10.50.6.100 80',
    ]);
  });

  it('opens no connection to a server outside the pool, and does not cut existing ones', async () => {
    const run = await simulate(FARM);
    await run.pass(3);
    await strike(run, {
      kind: 'service.slow',
      node: 'web1',
      service: 'http-80',
      delay: milliseconds(250),
    });
    await strike(run, { kind: 'icmp.drop', node: 'web1', type: 'all', direction: 'both' }, 'i');
    const since = now(run);
    await strike(
      run,
      { kind: 'service.status', node: 'web1', service: 'http-80', status: 503 },
      's',
    );
    await run.until('web1 leaves', () => pool(run, 'gw1')?.includes(WEB1) === false);
    const left = now(run);
    await run.pass(2);
    const late = of(run, 'connection', left).filter(
      ({ node, client, at }) => node === 'web1' && client === '10.50.6.200' && at > left,
    );
    expect(late).toEqual([]);
    const after = results(run, since).filter(({ at, by }) => at > left && by === 'web1');
    expect(after.length).toBeGreaterThan(0);
    expect(after.every(({ asked }) => asked <= left)).toBe(true);
  });

  it('loses open requests when a balancer dies, and serves from the other one', async () => {
    const run = await simulate(FARM);
    await run.pass(3);
    for (const node of ['web1', 'web2'])
      await strike(
        run,
        { kind: 'service.slow', node, service: 'http-80', delay: milliseconds(200) },
        node,
      );
    await run.pass(1);
    const died = await strike(run, { kind: 'node.kill', node: 'gw1' });
    await run.pass(3);
    const underWay = results(run, (died - milliseconds(190)) as Instant).filter(
      ({ asked }) => asked < died,
    );
    expect(underWay.length).toBeGreaterThanOrEqual(3);
    expect(underWay.map(({ problem }) => problem)).toEqual(underWay.map(() => 'timeout'));
    const later = results(run, (died + seconds(1)) as Instant).filter(
      ({ asked }) => asked < died + seconds(1.9),
    );
    expect(later.every(({ ok }) => ok)).toBe(true);
    expect(later.length).toBeGreaterThan(10);
  });

  it('needs the gateway: without a route back no answer arrives', async () => {
    const run = await simulate(FARM);
    await run.pass(3);
    await strike(run, { kind: 'link.down', node: 'web1', network: 'farm' });
    const cut = now(run);
    await run.until('web1 leaves', () => pool(run, 'gw1')?.includes(WEB1) === false);
    const left = now(run);
    await run.pass(2);
    const lost = results(run, cut).filter(({ asked, ok }) => asked < left && !ok);
    expect(lost.length).toBeGreaterThan(3);
    expect(lost.every(({ problem }) => problem === 'timeout')).toBe(true);
    expect(answeredBy(run, left)).toEqual(['web2']);
  });

  it('uses the sorry server, reports the quorum, and refuses without any server', async () => {
    const run = await simulate(FARM);
    await run.pass(3);
    for (const node of ['web1', 'web2'])
      await strike(run, { kind: 'service.stop', node, service: 'http-80' }, node);
    await run.until('the sorry server stands in', () => pool(run, 'gw1')?.[0] === '10.50.7.23');
    const since = now(run);
    await run.pass(1);
    expect(answeredBy(run, since)).toEqual(['web3']);
    const lost = of(run, 'quorum').filter(({ node, up }) => node === 'gw1' && !up);
    expect(lost).toMatchObject([{ source: 'engine', virtualServer: HTTP, up: false }]);
    await strike(run, { kind: 'service.stop', node: 'web3', service: 'http-80' }, 'w');
    const allDownAt = now(run);
    await run.pass(0.5);
    expect(new Set(results(run, allDownAt).map(({ problem }) => problem))).toEqual(
      new Set(['ECONNREFUSED']),
    );
  });

  it('balances while its check child is dead; the next child knows the servers that are down', async () => {
    const run = await simulate(FARM);
    await run.pass(3);
    await strike(run, { kind: 'service.stop', node: 'web1', service: 'http-80' }, 's');
    await run.until('web1 leaves', () => pool(run, 'gw1')?.includes(WEB1) === false);
    await run.pass(0.1);
    const killed = await strike(run, { kind: 'process.kill', node: 'gw1', process: 'check' });
    await run.pass(2);
    expect(of(run, 'process-exited', killed)).toMatchObject([
      { node: 'gw1', process: 'check', signal: 'SIGKILL' },
    ]);
    expect(of(run, 'process-started', killed)).toMatchObject([{ node: 'gw1', process: 'check' }]);
    const pools = of(run, 'pool', killed).filter(
      ({ node, virtualServer }) => node === 'gw1' && virtualServer === HTTP,
    );
    expect(pools.map(({ servers }) => servers.map(({ address }) => address))).toEqual([[WEB2]]);
    expect(answeredBy(run, killed)).toEqual(['web2']);
    expect(run.owners()).toEqual(['gw1']);
  });

  it('detects nothing while its check child is stopped, and everything afterwards', async () => {
    const run = await simulate(FARM);
    await run.pass(3);
    await strike(run, { kind: 'process.pause', node: 'gw1', process: 'check' });
    await strike(run, { kind: 'service.stop', node: 'web1', service: 'http-80' }, 's');
    await run.pass(3);
    expect(pool(run, 'gw1')).toEqual([WEB1, WEB2]);
    expect(pool(run, 'gw2')).toEqual([WEB2]);
    await run.lab.heal('f');
    await run.until('web1 leaves', () => pool(run, 'gw1')?.includes(WEB1) === false, 2);
  });

  it('removes its pools when it stops in order, and when the node dies', async () => {
    const run = await simulate(FARM);
    await run.pass(3);
    const stopped = await strike(run, { kind: 'node.stop', node: 'gw1' });
    await run.pass(1);
    expect(pool(run, 'gw1')).toEqual([]);
    const gone = of(run, 'process-exited', stopped).map(({ process }) => process);
    expect(gone).toEqual(['vrrp', 'check', 'router']);
    await run.lab.heal('f');
    await run.pass(2);
    expect(pool(run, 'gw1')).toEqual([WEB1, WEB2]);
    expect(answeredBy(run, (now(run) - seconds(1)) as Instant)).toEqual(['web1', 'web2']);
  });

  it('gives the same events for the same seed', async () => {
    const story = async (seed: number): Promise<string> => {
      const run = await simulate(FARM, seed);
      await run.pass(2.5);
      await strike(run, { kind: 'port.block', node: 'web1', port: 80, mode: 'drop' });
      await run.pass(3);
      return JSON.stringify(run.events);
    };
    const first = await story(3);
    expect(await story(3)).toBe(first);
    expect(await story(4)).not.toBe(first);
  });

  it.each<[string, Fault]>([
    ['no certificate', { kind: 'tls.expired', node: 'web1', service: 'http-80' }],
    ['no service', { kind: 'service.stop', node: 'web1', service: 'smtp' }],
    ['no check script', { kind: 'check-script.fail', node: 'gw1', script: 'x' }],
    ['nothing met', { kind: 'port.block', node: 'web1', port: 81, mode: 'drop' }],
    ['nothing met', { kind: 'service.hang', node: 'witness', service: 'http' }],
  ])('reports a fault without effect: %s', async (because, fault) => {
    const text = file('load-balancer').replace(
      'witness: { role: web,',
      'witness: { role: web, services: { http: 80 },',
    );
    const run = await simulate(topologyOf(text));
    await run.pass(2);
    const result = await inject(run.lab, { id: 'f', fault });
    expect(result).toMatchObject({ ok: false, because: expect.stringContaining(because) });
  });
});

describe('a pair that runs the service on its routers', () => {
  const scripts = (run: SimRun, name: string, since: Instant): boolean[] =>
    of(run, 'script', since)
      .filter(({ node, script }) => node === 'gw1' && script === name)
      .map(({ up }) => up);
  const priorities = (run: SimRun, since: Instant): number[] =>
    of(run, 'priority', since)
      .filter(({ node }) => node === 'gw1')
      .map(({ priority }) => priority);

  it.each<[string, string, Fault]>([
    ['stops', 'service', { kind: 'service.stop', node: 'gw1', service: 'http' }],
    ['is dropped', 'service', { kind: 'port.block', node: 'gw1', port: 80, mode: 'drop' }],
    ['is reset', 'service', { kind: 'port.block', node: 'gw1', port: 80, mode: 'reset' }],
    ['fails', 'check', { kind: 'check-script.fail', node: 'gw1', script: 'check' }],
    ['hangs', 'check', { kind: 'check-script.hang', node: 'gw1', script: 'check' }],
    [
      'is too slow',
      'check',
      { kind: 'check-script.slow', node: 'gw1', script: 'check', delay: seconds(1.3) },
    ],
  ])('moves the address when the service or the script %s, and back', async (_, name, fault) => {
    const run = await simulate(PAIR);
    await run.pass(4);
    expect(run.owners()).toEqual(['gw1']);
    const struck = await strike(run, fault);
    await run.until('the address moves', () => run.owners().join() === 'gw2');
    await run.pass(8);
    expect(run.owners()).toEqual(['gw2']);
    expect(scripts(run, name, struck)).toEqual([false]);
    expect(priorities(run, struck)).toEqual([90]);
    const healed = now(run);
    await run.lab.heal('f');
    await run.until('the address returns', () => run.owners().join() === 'gw1');
    expect(scripts(run, name, healed)).toEqual([true]);
    expect(priorities(run, healed)).toEqual([150]);
  });

  it('ignores a script that is slow within its time, and a service that hangs', async () => {
    const run = await simulate(PAIR);
    await run.pass(4);
    const slow = { kind: 'check-script.slow', node: 'gw1', script: 'check' } as const;
    const since = await strike(run, { ...slow, delay: milliseconds(700) });
    await strike(run, { kind: 'service.hang', node: 'gw1', service: 'http' }, 'h');
    await run.pass(6);
    expect(scripts(run, 'check', since)).toEqual([]);
    expect(scripts(run, 'service', since)).toEqual([]);
    expect(run.owners()).toEqual(['gw1']);
  });

  it('calls the notify script for every state, and for the stop before anything else', async () => {
    const run = await simulate(PAIR);
    await run.pass(4);
    const calls = (node: string, since = 0): string[] =>
      of(run, 'notify', since)
        .filter((event) => event.node === node && event.instance === 'web')
        .map(({ state }) => state);
    expect(calls('gw1')).toEqual(['BACKUP', 'MASTER']);
    const stopped = await strike(run, { kind: 'node.stop', node: 'gw1' });
    await run.pass(1);
    expect(calls('gw1', stopped)).toEqual(['STOP']);
    expect(calls('gw2', stopped)).toEqual(['MASTER']);
    const [notified] = of(run, 'notify', stopped);
    const [resigned] = of(run, 'advert', stopped).filter(({ priority }) => priority === 0);
    expect(notified?.state).toBe('STOP');
    expect(resigned?.at).toBeGreaterThanOrEqual(notified?.at ?? 0);
  });

  it('keeps its verdict while the parent, which runs the scripts, is stopped', async () => {
    const run = await simulate(PAIR);
    await run.pass(4);
    const since = await strike(run, { kind: 'process.pause', node: 'gw1', process: 'parent' });
    await strike(run, { kind: 'service.stop', node: 'gw1', service: 'http' }, 's');
    await run.pass(6);
    expect(scripts(run, 'service', since)).toEqual([]);
    await run.lab.heal('f');
    await run.until('the address moves', () => run.owners().join() === 'gw2');
    expect(scripts(run, 'service', since)).toEqual([false]);
    expect(scripts(run, 'check', since)).toEqual([]);
  });
});

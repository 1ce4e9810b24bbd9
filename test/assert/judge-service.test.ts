import { describe, expect, it } from 'vitest';
import { type Assertion, judgeStep } from '../../src/assert/assertions.ts';
import type { StepView } from '../../src/assert/step-view.ts';
import { ip, type Mac } from '../../src/net/address.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, micros, seconds } from '../../src/time.ts';

import { FARM_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(FARM_YAML);
const MAC = '02:00:00:00:00:01' as Mac;
const SERVER = '[10.0.0.100]:tcp:80';
const second = (value: number) => instant(value * 1_000_000);

/** gw1 holds the address from 0 on. */
function view(events: readonly LabEvent[], now: number, since = 1): StepView {
  const timeline = new Timeline(topology);
  const base = { at: instant(0), source: 'kernel', node: 'gw1' } as const;
  const interfaces = [{ name: 'lan', network: 'lan', mac: MAC, addresses: [] }];
  timeline.add({ ...base, kind: 'node-up', interfaces });
  timeline.add({ ...base, kind: 'link', interface: 'lan', mac: MAC, up: true });
  timeline.add({
    ...base,
    kind: 'address-added',
    interface: 'lan',
    address: ip('10.0.0.100'),
    length: 24,
  });
  for (const event of events) timeline.add(event);
  return {
    timeline,
    topology,
    now: second(now),
    stepFrom: second(since),
    barrierFrom: second(since),
    since: second(since),
  };
}

const pool = (at: number, ...nodes: number[]): LabEvent => ({
  kind: 'pool',
  at: second(at),
  source: 'kernel',
  node: 'gw1',
  virtualServer: SERVER,
  servers: nodes.map((n) => ({ address: ip(`10.0.1.${10 + n}`), port: 80, weight: 1 })),
});
const server = (at: number, up: boolean): LabEvent => ({
  kind: 'server',
  at: second(at),
  source: 'engine',
  node: 'gw1',
  virtualServer: SERVER,
  address: ip('10.0.1.11'),
  port: 80,
  up,
  detail: 'HTTP_GET: no answer in time',
});
const connection = (at: number, clientPort: number, node = 'web1'): LabEvent => ({
  kind: 'connection',
  at: second(at),
  source: 'tap',
  node,
  segment: 'farm',
  client: ip('10.0.0.9'),
  clientPort,
  address: ip('10.0.1.11'),
  port: 80,
});
const answer = (at: number, by: string | undefined): LabEvent => ({
  kind: 'http-result',
  at: second(at + 0.001),
  source: 'agent',
  node: 'client',
  probe: 'vip-http',
  sequence: 0,
  asked: second(at),
  ok: by !== undefined,
  status: by === undefined ? undefined : 200,
  by,
  problem: by === undefined ? 'timeout' : undefined,
});
const judge = (assertion: Assertion, events: readonly LabEvent[], now: number) =>
  judgeStep(assertion, view(events, now));

describe('health', () => {
  const down = { kind: 'health', of: 'web1', is: 'down' } as const;

  it('is up until a router reports down', () => {
    expect(judge({ ...down, is: 'up' }, [], 2).ok).toBe(true);
    expect(judge(down, [], 2).ok).toBe(false);
    expect(judge(down, [server(2, false)], 3).because).toBe(
      'gw1 says web1 is down (HTTP_GET: no answer in time) after 1 s',
    );
    expect(judge(down, [server(2, false), server(3, true)], 4).ok).toBe(false);
  });

  it('fails if it changes too early', () => {
    const late = { ...down, after: seconds(0.5) };
    expect(judge(late, [server(1.4, false)], 3)).toMatchObject({
      ok: false,
      because: expect.stringContaining('sooner than 500 ms') as string,
    });
    expect(judge(late, [server(1.6, false)], 3).ok).toBe(true);
    expect(judge(late, [server(0.5, false)], 3).ok).toBe(false);
  });
});

describe('a pool', () => {
  it('is read from the kernel of the owner, for the given time', () => {
    const expected = { kind: 'pool' as const, is: ['web2'] };
    expect(judge(expected, [pool(0, 1, 2)], 2).ok).toBe(false);
    expect(judge(expected, [pool(0, 1, 2), pool(2, 2)], 3).ok).toBe(true);
    expect(judge({ ...expected, for: seconds(2) }, [pool(2, 2)], 3)).toMatchObject({
      ok: false,
      retryAt: second(4),
    });
    expect(judge({ ...expected, is: ['web3'] }, [pool(2, 3)], 3).ok).toBe(true);
    expect(judge({ ...expected, is: [] }, [pool(2)], 3).ok).toBe(true);
    expect(judge(expected, [], 3).because).toBe('nothing is known of the pool on gw1');
  });
});

describe('a drained server', () => {
  const drained = { kind: 'drained', from: 'web1' } as const;

  it('gets no new connection after it left the pool', () => {
    expect(judge(drained, [pool(0, 1, 2)], 9).because).toContain('is still in the pool');
    const left = [pool(0, 1, 2), connection(1.9, 7), pool(2, 2)];
    expect(judge(drained, left, 2.5)).toMatchObject({ ok: false, retryAt: second(3.3) });
    expect(judge(drained, left, 3.5).ok).toBe(true);
    expect(judge(drained, [...left, connection(2.1, 8)], 3.5).ok).toBe(false);
    expect(judge(drained, [...left, connection(2.1, 8, 'web2')], 3.5).ok).toBe(true);
    expect(judge(drained, [...left, connection(3.1, 8)], 3.5).ok).toBe(true);
  });

  it('may get connections from the checks of the routers', () => {
    const check = { ...connection(2.2, 9), client: ip('10.0.1.1') } as LabEvent;
    expect(judge(drained, [pool(0, 1, 2), pool(2, 2), check], 3.5).ok).toBe(true);
  });

  it('may get a repeated SYN of an older connection', () => {
    expect(
      judge(drained, [pool(0, 1, 2), connection(1.9, 7), pool(2, 2), connection(2.9, 7)], 3.5).ok,
    ).toBe(true);
  });
});

describe('traffic', () => {
  const answers = (...by: (string | undefined)[]) =>
    by.map((server, i) => answer(1.1 + i / 100, server));
  const many = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'web1' : 'web2'));
  const split = { kind: 'traffic-split', probe: 'vip-http', over: seconds(1) } as const;
  const half = { share: 0.5, tolerance: 0.1 };

  it('is split by weight, counted over the whole time', () => {
    const wanted = { ...split, shares: { web1: half, web2: half } };
    expect(judge(wanted, answers(...many), 2).retryAt).toBe(second(2.3));
    expect(judge(wanted, answers(...many), 3).ok).toBe(true);
    expect(
      judge(wanted, answers(...many, 'web1', 'web1', 'web1', 'web1', 'web1', 'web1'), 3).ok,
    ).toBe(false);
    expect(judge(wanted, answers(...many, 'web3'), 3).ok).toBe(false);
    expect(judge(wanted, answers('web1', 'web2'), 3).ok).toBe(false);
  });

  it('meets the required share of successes', () => {
    const wanted = { kind: 'request-success', probe: 'vip-http', over: seconds(1) } as const;
    const lost = answers(...many.slice(1), undefined);
    expect(judge({ ...wanted, min: { share: 0.95, tolerance: 0 } }, lost, 3).ok).toBe(true);
    expect(judge({ ...wanted, min: { share: 0.96, tolerance: 0 } }, lost, 3)).toMatchObject({
      ok: false,
      because: '19 of 20 requests of vip-http succeeded (timeout)',
    });
    expect(judge({ ...wanted, min: { share: 0.5, tolerance: 0 } }, [], 3).ok).toBe(false);
  });
});

describe('reports of engines', () => {
  const base = { source: 'engine', node: 'gw1' } as const;

  it('of a priority count until a newer advert', () => {
    const is = (value: number): Assertion => ({
      kind: 'effective-priority',
      of: 'web',
      on: 'gw1',
      is: value,
    });
    const claim: LabEvent = {
      ...base,
      kind: 'priority',
      at: second(2),
      instance: 'web',
      priority: 90,
    };
    const advert = (at: number, priority: number): LabEvent => ({
      kind: 'advert',
      at: second(at),
      source: 'tap',
      node: 'gw1',
      segment: 'lan',
      sender: ip('10.0.0.1'),
      mac: MAC,
      version: 3,
      family: 4,
      vrid: 51,
      priority,
      interval: micros(100_000),
      addresses: [ip('10.0.0.100')],
    });
    expect(judge(is(150), [], 3).ok).toBe(true);
    expect(judge(is(90), [advert(1.5, 150), claim], 3).ok).toBe(true);
    expect(judge(is(90), [advert(1.5, 150), claim, advert(2.5, 90)], 3).because).toContain(
      'advertises',
    );
    expect(judge(is(150), [claim, advert(2.5, 150)], 3).ok).toBe(true);
    expect(judge(is(90), [claim, advert(2.5, 0)], 3).ok).toBe(true);
  });

  it('of a script count, and so do calls of their notify script', () => {
    const script: LabEvent = {
      ...base,
      kind: 'script',
      at: second(1.5),
      script: 'local',
      up: false,
    };
    const track = { kind: 'track', script: 'local', on: 'gw1', is: 'down' } as const;
    expect(judge(track, [], 3).ok).toBe(false);
    expect(judge(track, [script], 3).ok).toBe(true);
    expect(judge({ ...track, after: seconds(1) }, [script], 3).ok).toBe(false);
    const priorityClaim = (at: number, state: string): LabEvent => ({
      kind: 'notify',
      at: second(at),
      source: 'agent',
      node: 'gw1',
      instance: 'web',
      state,
    });
    const once = { kind: 'notify', of: 'web', on: 'gw1', state: 'BACKUP' } as const;
    expect(judge(once, [priorityClaim(0.5, 'BACKUP'), priorityClaim(2, 'BACKUP')], 3).ok).toBe(
      true,
    );
    expect(judge(once, [priorityClaim(2, 'MASTER')], 3).ok).toBe(false);
    expect(judge(once, [priorityClaim(2, 'BACKUP'), priorityClaim(2.1, 'BACKUP')], 3).ok).toBe(
      false,
    );
    expect(judge({ ...once, times: 0 }, [], 3).ok).toBe(true);
  });
});

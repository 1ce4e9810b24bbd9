/** Faults of the Docker lab take effect only when the node confirmed them: with a scripted node. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { AgentResult } from '../../../src/agent/protocol.ts';
import type { Fault } from '../../../src/fault/faults.ts';
import type { RunningNode } from '../../../src/lab/docker/faults/actions.ts';
import { dockerFaults } from '../../../src/lab/docker/faults/faults.ts';
import type { DockerNode } from '../../../src/lab/docker/node.ts';
import { RealClock } from '../../../src/lab/docker/real-clock.ts';
import type { Injection, InjectResult, NodePlan } from '../../../src/lab/lab.ts';
import type { LabEvent } from '../../../src/observe/event.ts';
import { instant } from '../../../src/time.ts';

const KILL = { kind: 'node.kill', node: 'gw1' } as const;
const DOWN = { kind: 'link.down', node: 'gw1', network: 'lan' } as const;
const CUT = {
  kind: 'vrrp.block',
  node: 'gw1',
  direction: 'in',
  from: { node: 'gw2', addresses: [] },
} as const;

let clock: RealClock;
let node: RunningNode;
let faults: ReturnType<typeof dockerFaults>;
let running: boolean;
/** Requests to the agents, in order. */
let asked: unknown[];
/** The reaction of an agent to a request of this kind. */
let answer: (command: { readonly kind: string; readonly up?: boolean }) => AgentResult | undefined;

function container(): DockerNode {
  const request = async (command: { readonly kind: string }) => {
    const { at: _, ...rest } = { at: 0, ...command };
    asked.push(rest);
    return { at: 500, result: answer(command) ?? { ok: true as const, evidence: 'seen inside' } };
  };
  const link = { request, demand: request };
  return { link: () => link, running: () => running } as unknown as DockerNode;
}

beforeEach(() => {
  clock = new RealClock();
  running = true;
  asked = [];
  answer = () => undefined;
  const plan = { name: 'gw1', files: [] } as unknown as NodePlan;
  node = { plan, container: container(), peers: new Map([['lan', 7]]), down: false };
  faults = dockerFaults(new Map([['gw1', node]]), {
    clock,
    host: container,
    powerOn: async () => {
      asked.push('power on');
    },
  });
});

function report(event: object): void {
  faults.observe({ at: instant(400), source: 'agent', node: 'gw1', ...event } as LabEvent);
  clock.wake();
}

async function outcomeOf(injection: Injection): Promise<InjectResult | undefined> {
  await clock.runUntil(instant(clock.now() + 10_000_000), () => injection.outcome() !== undefined);
  return injection.outcome();
}

const inject = (fault: Fault): Injection => faults.inject({ id: 'f', fault }, instant(0));

describe('a power-off', () => {
  it('takes effect when the agent has stamped its end and the container has ended', async () => {
    const injection = inject(KILL);
    report({ kind: 'node-down' });
    running = false;
    expect(await outcomeOf(injection)).toMatchObject({ ok: true, at: 400 });
    await faults.heal('f');
    expect(asked).toEqual([{ kind: 'inject', faultId: 'f', fault: KILL }, 'power on']);
  });

  it('is healed only after it took effect', async () => {
    inject(KILL);
    const healed = faults.heal('f');
    await Promise.resolve();
    expect(asked).not.toContain('power on');
    report({ kind: 'node-down' });
    running = false;
    await healed;
    expect(asked).toContain('power on');
  });
});

describe('a cable', () => {
  it('is pulled and plugged at the host, and takes effect when the node sees the carrier', async () => {
    answer = ({ kind, up }) => {
      if (kind === 'cable')
        setImmediate(() => report({ kind: 'link', interface: 'lan', up: up === true }));
      return undefined;
    };
    expect(await outcomeOf(inject(DOWN))).toEqual({
      ok: true,
      at: 500,
      evidence: 'gw1 lost its carrier on lan',
    });
    await faults.heal('f');
    expect(asked).toEqual([
      { kind: 'cable', ifindex: 7, up: false },
      { kind: 'cable', ifindex: 7, up: true },
    ]);
  });

  it('that cannot be pulled is reported with its reason', async () => {
    answer = () => ({ ok: false, error: 'no such interface' });
    expect(await outcomeOf(inject(DOWN))).toEqual({
      ok: false,
      at: 500,
      because: 'no such interface',
    });
  });
});

describe('any other fault', () => {
  it('is applied and healed by the agent', async () => {
    const fault = { kind: 'node.stop', node: 'gw1' } as const;
    expect(await outcomeOf(inject(fault))).toEqual({ ok: true, at: 500, evidence: 'seen inside' });
    await faults.heal('f');
    await faults.heal('f');
    expect(asked).toEqual([
      { kind: 'inject', faultId: 'f', fault },
      { kind: 'heal', faultId: 'f', fault },
    ]);
  });

  it('on a node that is off has no effect, but a cut path survives the reboot', async () => {
    node.down = true;
    expect(await outcomeOf(inject({ kind: 'node.stop', node: 'gw1' }))).toMatchObject({
      because: 'gw1 is down already',
    });
    expect(await outcomeOf(inject(CUT))).toMatchObject({ ok: true });
    expect(asked).toEqual([]);
    await faults.restore(node);
    expect(asked).toEqual([
      { kind: 'write', files: [] },
      { kind: 'inject', faultId: 'f', fault: CUT },
    ]);
  });

  it('needs a known node', async () => {
    const nowhere = { kind: 'node.stop', node: 'gw9' } as const;
    expect(await outcomeOf(inject(nowhere))).toMatchObject({ because: 'there is no node gw9' });
  });
});

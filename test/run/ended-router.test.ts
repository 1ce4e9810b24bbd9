/** A router that ends by itself makes a verdict impossible: the run reports its last log lines. */
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { watchRouters } from '../../src/run/ended-router.ts';
import { instant } from '../../src/time.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);

type Part = Record<string, unknown> & { readonly kind: string; readonly at: number };

function watch(parts: readonly Part[], orders: { node: string; at: number }[] = []) {
  const timeline = new Timeline(topology);
  for (const part of parts)
    timeline.add({ source: 'agent', node: 'gw1', ...part, at: instant(part.at) } as LabEvent);
  const routers = watchRouters(timeline, topology);
  return { routers, exit: routers.next(() => orders) };
}

const start = (at: number, pid = 7): Part => ({
  kind: 'process-started',
  at,
  process: 'router',
  pid,
});
const exit = (at: number, pid = 7, more = {}): Part => ({
  kind: 'process-exited',
  at,
  process: 'router',
  pid,
  code: 1,
  signal: undefined,
  ...more,
});
const fault = (at: number, kind: string, node = 'gw1'): Part => ({
  kind: 'fault',
  at,
  source: 'lab',
  node,
  id: 'x',
  fault: kind,
  effects: [],
  evidence: '',
});
const S = 1_000_000;

describe('a router that ends', () => {
  it('by itself is reported with its last log lines, as an environment error', () => {
    const lines = Array.from(
      { length: 12 },
      (_, i): Part => ({
        kind: 'log',
        at: 2 * S + i,
        process: 'router',
        text: `line ${i}`,
      }),
    );
    const { routers, exit: found } = watch([start(S), ...lines, exit(3 * S)]);
    if (found === undefined) throw new Error('it ended by itself');
    const error = routers.error(found);
    expect(error.exitCode).toBe(EXIT.environment);
    expect(error.message).toMatch(
      /^gw1: halab \(router\) ended by itself with code 1; its last lines:/,
    );
    expect(error.message).toContain('line 11');
    expect(error.message).not.toContain('line 3\n');
    expect(routers.next(() => [])).toBeUndefined();
  });

  it('by a signal without a fault names the signal', () => {
    const { routers, exit: found } = watch([start(S), exit(2 * S, 7, { signal: 'SIGSEGV' })]);
    expect(found && routers.error(found).message).toContain(
      'ended by itself by SIGSEGV and said nothing',
    );
  });

  it.each(['node.stop', 'process.kill', 'node.kill'])(
    'by %s is attributed to the fault',
    (kind) => {
      expect(watch([start(S), fault(2 * S, kind), exit(3 * S)]).exit).toBeUndefined();
    },
  );

  it('before the stamp of its fault is attributed to that fault', () => {
    expect(watch([start(S), exit(3 * S), fault(3 * S + 900, 'node.stop')]).exit).toBeUndefined();
    expect(watch([start(S), exit(3 * S)], [{ node: 'gw1', at: 2 * S }]).exit).toBeUndefined();
  });

  it('again after a restart is attributed to itself', () => {
    const events = [
      start(S),
      fault(2 * S, 'node.stop'),
      exit(3 * S),
      start(4 * S, 9),
      exit(5 * S, 9),
    ];
    expect(watch(events).exit).toMatchObject({ pid: 9 });
  });

  it.each([
    ['a fault of another node', fault(2 * S, 'node.stop', 'gw2')],
    ['a fault that ends nothing', fault(2 * S, 'process.pause')],
  ])('during %s is attributed to itself', (_, other) => {
    expect(watch([start(S), other, exit(3 * S)]).exit).toMatchObject({ pid: 7 });
  });

  it('without a router is ignored', () => {
    const client = { node: 'client' };
    expect(watch([{ ...start(S), ...client }, exit(2 * S, 7, client)]).exit).toBeUndefined();
  });
});

/** The check of configuration files: the lab accepts a file that the program in production accepts. */
import { describe, expect, it } from 'vitest';
import { EXIT, HalabError } from '../../../src/errors.ts';
import { KINDS } from '../../../src/kind/kinds.ts';
import { configOf } from '../../../src/kind/render.ts';
import type { AgentLink } from '../../../src/lab/docker/agent-link.ts';
import { claimIn, prepareRouter } from '../../../src/lab/docker/router.ts';
import type { NodePlan } from '../../../src/lab/lab.ts';
import type { LabEvent } from '../../../src/observe/event.ts';
import { instant } from '../../../src/time.ts';
import { PAIR_YAML, topologyOf } from '../../support/topology.ts';

const topology = topologyOf(
  PAIR_YAML.replaceAll('role: router', 'role: router, engine: keepalived'),
);

function planFor(isOwnConfig: boolean): NodePlan {
  const [node] = topology.nodes;
  if (node === undefined) throw new Error('there is one');
  const router = KINDS.keepalived.router({ config: configOf(topology, node) });
  return {
    name: 'gw1',
    kind: 'keepalived',
    interfaces: [],
    files: [],
    router,
    isOwnConfig,
    virtualRouters: { VI_EXT: 'web' },
    program: undefined,
    package: 'keepalived',
    capabilities: [],
    sysctls: {},
    respond: [],
    probes: [],
    httpProbes: [],
    services: [],
    gateways: [],
    scripts: [],
  };
}

/** Answers as an agent whose keepalived ends its check with this code. */
function linkOf(status: number, output: string): AgentLink {
  const answer = (argv: readonly string[]) =>
    argv.includes('--version')
      ? { ok: true, status: 0, output: 'Keepalived v2.2.7 (01/16,2022)' }
      : { ok: true, status, output };
  return {
    request: ({ argv }: { argv: readonly string[] }) =>
      Promise.resolve({ at: 0, result: answer(argv) }),
    demand: ({ argv }: { argv: readonly string[] }) => Promise.resolve(answer(argv)),
  } as unknown as AgentLink;
}

async function check(status: number, output: string, isOwnConfig: boolean) {
  const lines: string[] = [];
  try {
    await prepareRouter(planFor(isOwnConfig), linkOf(status, output), {
      onVersion: () => {},
      progress: (line) => lines.push(line),
    });
    return { lines, code: undefined };
  } catch (error) {
    if (!(error instanceof HalabError)) throw error;
    return { lines, code: error.exitCode };
  }
}

const UNKNOWN = "(Line 5) Unknown keyword 'frobnicate'";

describe('keepalived -t', () => {
  it.each([
    [0, '', true, undefined, 0],
    [5, UNKNOWN, true, undefined, 1],
    [6, 'script is not secure', true, undefined, 1],
    [5, 'a warning', false, undefined, 1],
    // A warning about a file that the lab has written is an error.
    [5, UNKNOWN, false, EXIT.usage, 0],
    [4, 'cannot run', true, EXIT.usage, 0],
    [2, 'cannot run', false, EXIT.usage, 0],
    [1, 'fatal', true, EXIT.environment, 0],
    [70, 'software', true, EXIT.environment, 0],
  ])('ends with %i (%s), user file: %s', async (status, output, own, code, lines) => {
    const found = await check(status, output, own);
    expect(found.code).toBe(code);
    expect(found.lines).toHaveLength(lines);
  });
});

describe('a claim', () => {
  it('uses the names of virtual routers in the topology', () => {
    const event = {
      at: instant(1),
      source: 'engine',
      node: 'gw1',
      kind: 'state',
      instance: 'VI_EXT',
      state: 'MASTER',
      reason: '',
      detail: '',
    } as LabEvent;
    expect(claimIn(event, planFor(true))).toMatchObject({ instance: 'web' });
    expect(claimIn({ ...event, instance: 'other' } as LabEvent, planFor(true))).toMatchObject({
      instance: 'other',
    });
  });
});

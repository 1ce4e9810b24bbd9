import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AgentRequest } from '../../../src/agent/protocol.ts';
import type { SpawnedProcess } from '../../../src/agent/spawned.ts';
import { becomes, Network, ROOT } from '../../support/netns.ts';

let net: Network;
beforeEach(() => {
  net = new Network('g');
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
});
afterEach(() => net.close());

it('a crashed node answers no request, however long its network lives on', async () => {
  const program = join(ROOT, 'dist/agent/main.js');
  const agent = spawn('ip', ['netns', 'exec', net.namespace('a'), process.execPath, program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  agent.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  const ask = (id: number, request: AgentRequest): unknown =>
    agent.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
  const router: SpawnedProcess = {
    name: 'router',
    argv: ['sleep', '600'],
    roles: {},
    output: 'json-events',
  };
  ask(1, { kind: 'spawn', setup: '', processes: [router], fifo: undefined });
  await becomes('the router runs', () => output.includes('process-started'));
  const ping = (): number | null => net.ask('b', 'ping', '-c1', '-W1', '10.50.1.11').status;
  expect(ping()).toBe(0);

  ask(2, { kind: 'inject', faultId: 'crash', fault: { kind: 'node.kill', node: 'a' }, at: 0 });
  expect(await ended).toBe(0);
  expect(output).toContain('"kind":"node-down"');
  await becomes('no process is left', () => net.pids('a').length === 0);
  // The namespace and its veth are still there.
  expect(net.ask('a', 'ip', 'link', 'show', 'lan').output).toContain('state DOWN');
  expect(ping()).toBe(1);
});

/**
 * The agent: process 1 of every container of a lab. It carries out the runner's commands, reports what it observes,
 * and ends when its standard input ends, so the nodes of a killed runner die by themselves.
 */
import { createInterface } from 'node:readline';
import { messageOf } from '../errors.ts';
import { monotonicNow } from '../linux/clock.ts';
import { Agent } from './agent.ts';
import type { AgentCommand } from './protocol.ts';
import { say } from './say.ts';

const agent = new Agent();

say({ kind: 'hello', at: monotonicNow(), versions: { node: process.version } });

createInterface({ input: process.stdin }).on('line', (line) => {
  let command: AgentCommand;
  try {
    command = JSON.parse(line) as AgentCommand;
  } catch (error) {
    process.stderr.write(`agent: not a command: ${messageOf(error)}\n`);
    return;
  }
  void agent.handle(command);
});

process.stdin.on('end', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(0));

/** keepalived's claims: lines of its notify FIFO, and of its log (`-D`) for what the FIFO lacks. */
import { parseIp } from '../net/address.ts';
import type { Claim } from './kind.ts';

export function claimOf(process: string, text: string): Claim | undefined {
  return process === 'notify' ? notifyLine(text) : logLine(text);
}

/** States in an instance's line that mean a priority. */
const PRIORITY_WORDS: readonly string[] = ['MASTER_PRIORITY', 'BACKUP_PRIORITY'];

/** Groups are ignored: each of their instances reports its own state. */
function notifyLine(text: string): Claim | undefined {
  // INSTANCE "web" MASTER 100; the judge interprets the state.
  const [, instance = '', state, priority = ''] = /^INSTANCE "(.+)" (\S+) (\d+)$/.exec(text) ?? [];
  if (state !== undefined && PRIORITY_WORDS.includes(state))
    return { kind: 'priority', instance, priority: Number(priority) };
  if (state !== undefined)
    return { kind: 'state', instance, state, reason: 'notify', detail: `priority ${priority}` };
  // RS [10.0.0.21]:tcp:80 [10.0.0.1]:tcp:80 DOWN
  const server = /^RS \[(.+?)\]:\w+:(\d+) (\S+) (UP|DOWN)$/.exec(text);
  const address = parseIp(server?.[1] ?? '');
  if (server !== null && address !== undefined) {
    const [, , port, virtualServer = '', up] = server;
    const details = { port: Number(port), up: up === 'UP', detail: 'notify' };
    return { kind: 'server', virtualServer, address, ...details };
  }
  // VS [10.0.0.1]:tcp:80 UP
  const [, virtualServer = '', up] = /^VS (\S+) (UP|DOWN)$/.exec(text) ?? [];
  return up === undefined ? undefined : { kind: 'quorum', virtualServer, up: up === 'UP' };
}

function logLine(text: string): Claim | undefined {
  const [, script = '', result] =
    /: VRRP_Script\((.+)\) (failed|succeeded|timed_out)/.exec(text) ?? [];
  if (result !== undefined) return { kind: 'script', script, up: result === 'succeeded' };
  const [, instance = '', priority] =
    /: \((.+)\) Changing effective priority from \d+ to (\d+)$/.exec(text) ?? [];
  return priority === undefined
    ? undefined
    : { kind: 'priority', instance, priority: Number(priority) };
}

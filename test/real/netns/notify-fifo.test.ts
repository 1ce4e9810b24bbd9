import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventFifo } from '../../../src/daemon/script/event-fifo.ts';
import { becomes, conf, type Daemon, Network, pause } from '../../support/netns.ts';

/** Lines that wait in memory. */
const KEPT = 1_000;

let net: Network;
let fifo: string;
let runs = 0;

beforeEach(() => {
  net = new Network(`n${runs++}`);
  net.host('a', '10.50.1.11/24');
  fifo = join(net.folder, 'fifo');
});
afterEach(() => net.close());

const daemon = (more = ''): Daemon => {
  const global = `global_defs {\n script_user root\n vrrp_notify_fifo ${fifo}\n ${more}\n}\n`;
  return net.halabd('a', net.write('a.conf', `${global}${conf(150)}`));
};
const linesOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => /^INSTANCE "web" (\S+) 150$/.exec(line)?.[1] ?? []);
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const times = (text: string, { output }: Daemon): number => output().split(text).length - 1;

/** Moves the router through FAULT and back, `rounds` times; returns the lines for the FIFO. */
async function faultLines(a: Daemon, rounds: number): Promise<string[]> {
  const states = (state: string): number => times(`"state":"${state}"`, a);
  for (let round = 0; round < rounds; round++) {
    for (const [up, state] of [
      [false, 'FAULT'],
      [true, 'MASTER'],
    ] as const) {
      const before = states(state);
      net.cable('a', up);
      await becomes(state, () => states(state) > before, 15_000, a.output);
    }
  }
  return Array(rounds).fill(['FAULT', 'BACKUP', 'MASTER']).flat();
}

describe('a notify FIFO', () => {
  it('keeps the events of a reader that stalls, then dies, for the next one, and logs the unread FIFO (failure mode 44)', async () => {
    const a = daemon();
    await becomes('the FIFO is there', () => existsSync(fifo), 15_000, a.output);
    const first = net.run('a', 'cat', fifo);
    await becomes('MASTER is written', () => first.output().includes('MASTER'), 15_000, a.output);
    const before = linesOf(first.output());
    first.child.kill('SIGSTOP');
    const lines = await faultLines(a, 2);
    const waiting = `nobody reads ${fifo} (waiting: ${lines.length} lines)`;
    await becomes('the log says so', () => a.output().includes(waiting), 20_000, a.output);
    first.child.kill('SIGKILL');
    await first.exit;
    expect(linesOf(first.output())).toEqual(before);

    const second = net.run('a', 'cat', fifo);
    const again = `${fifo} is read again (waited: ${lines.length} lines, lost: 0)`;
    await becomes('and when it is read again', () => a.output().includes(again), 5_000, a.output);
    expect(linesOf(second.output())).toEqual(lines);
    expect([times('nobody reads', a), times('is read again', a)]).toEqual([1, 1]);

    second.child.kill('SIGKILL');
    await second.exit;
    const unheard = await faultLines(a, 1);
    a.child.kill('SIGTERM');
    expect(await a.exit).toBe(0);
    // STOP as well.
    expect(a.output()).toContain(`nobody reads ${fifo} (lost: ${unheard.length + 1} lines)`);
  });

  it('restarts its script if it fails, not if it ends normally (failure mode 44)', async () => {
    const received = join(net.folder, 'heard');
    const script = net.write(
      'reader.sh',
      `#!/bin/sh\nread -r line < "$1"\necho "$line" >> ${received}\ngrep -q MASTER ${received}\n`,
    );
    chmodSync(script, 0o755);
    const a = daemon(`vrrp_notify_fifo_script ${script}`);
    const lines = (): string[] =>
      existsSync(received) ? linesOf(readFileSync(received, 'utf8')) : [];
    await becomes('it has read twice', () => lines().length === 2, 15_000, a.output);
    await becomes('it has ended', () => a.output().includes('has ended'), 5_000, a.output);
    // The next start would come 2 s later, and there would be something to read.
    await faultLines(a, 1);
    await pause(2_500);
    expect(lines()).toEqual(['BACKUP', 'MASTER']);
    expect(times('failed and is started again in 1 s', a)).toBe(1);
  });

  it('accepts every line at once without a reader, and keeps a full pipe and the newest lines (failure mode 44)', async () => {
    const lines: string[] = [];
    const say = (text: string): void => void lines.push(text);
    const events = EventFifo.open(fifo, { info: say, detail: say, error: say });
    const COUNT = 4_000;
    const began = performance.now();
    for (let number = 1; number <= COUNT; number++)
      events?.write(`INSTANCE "${'w'.repeat(40)}" MASTER ${number}\n`);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(lines).toEqual([
      `nobody reads ${fifo} (the oldest lines that wait are lost from now on)`,
    ]);

    const reader = net.run('a', 'cat', fifo);
    const read = (): number[] =>
      [...reader.output().matchAll(/MASTER (\d+)\n/g)].map(([, number]) => Number(number));
    await becomes(
      'the newest is read',
      () => read().includes(COUNT),
      10_000,
      () => lines.join('\n'),
    );
    const inPipe = read().length - KEPT;
    expect(read()).toEqual([...numbers(1, inPipe), ...numbers(COUNT - KEPT + 1, COUNT)]);
    expect(inPipe).toBeGreaterThan(0);
    const lost = COUNT - KEPT - inPipe;
    expect(lines[1]).toBe(`${fifo} is read again (waited: ${inPipe + KEPT} lines, lost: ${lost})`);
    events?.close();
    expect(lines).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import { ProcessLife } from '../../src/sim/process-life.ts';
import { instant } from '../../src/time.ts';

function processOf() {
  const log: string[] = [];
  const life = new ProcessLife<string>({
    handle: (at, input) => log.push(`${at} ${input}`),
    wake: (at) => log.push(`${at} wake`),
    shutdown: (at) => log.push(`${at} shutdown`),
    exited: (at, signal) => log.push(`${at} exited ${signal ?? 'in order'}`),
  });
  return { log, life };
}

describe('the life of a simulated process', () => {
  it('handles its queue in order on resume, then its timers, then SIGTERM', () => {
    const { log, life } = processOf();
    life.start();
    expect(life.pause()).toBe(true);
    expect(life.queuesPacket('advert')).toBe(true);
    expect(life.queues('reload')).toBe(true);
    expect(life.terminate(instant(5))).toBe(false);
    expect(log).toEqual([]);
    expect(life.resume(instant(7))).toBe(true);
    expect(log).toEqual(['7 advert', '7 reload', '7 wake', '7 shutdown', '7 exited in order']);
    expect(life.life).toBe('dead');
  });

  it('drops packets beyond the socket buffer, but no signal', () => {
    const { log, life } = processOf();
    life.start();
    life.pause();
    for (let i = 0; i < 1_000; i++) expect(life.queuesPacket('advert')).toBe(true);
    expect(life.queuesPacket('advert')).toBe(false);
    expect(life.queues('reload')).toBe(true);
    life.resume(instant(1));
    expect(log).toHaveLength(1_002);
  });

  it('drops its queue on SIGKILL, and counts its starts', () => {
    const { log, life } = processOf();
    life.start();
    life.pause();
    life.queues('reload');
    expect(life.kill(instant(2))).toBe(true);
    expect(life.kill(instant(3))).toBe(false);
    life.start();
    expect(life.starts).toBe(2);
    expect(life.resume(instant(4))).toBe(false);
    expect(life.queues('reload')).toBe(false);
    expect(log).toEqual(['2 exited SIGKILL']);
  });
});

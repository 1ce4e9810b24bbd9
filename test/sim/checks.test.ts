import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/engine/conf/read.ts';
import type { Fault } from '../../src/fault/faults.ts';
import { ip } from '../../src/net/address.ts';
import type { EventOf, LabEvent } from '../../src/observe/event.ts';
import { random } from '../../src/random.ts';
import { CheckHost } from '../../src/sim/check-host.ts';
import { Kernel } from '../../src/sim/kernel.ts';
import { newService, strike } from '../../src/sim/services.ts';
import { Switch } from '../../src/sim/switch.ts';
import { World } from '../../src/sim/world.ts';
import { instant, micros, milliseconds, seconds } from '../../src/time.ts';
import { downBounds } from '../support/down-bounds.ts';

const SERVICES = [
  { name: 'http', protocol: 'http', port: 80 },
  { name: 'https', protocol: 'https', port: 443 },
  { name: 'udp', protocol: 'udp', port: 53 },
] as const;

/** A balancer and one server on a switch, and the reports of the balancer. */
const METHOD = 'protocol TCP\nlvs_sched rr\nlvs_method NAT';

class Bench {
  readonly world = new World();
  readonly events: LabEvent[] = [];
  readonly server: Kernel;
  readonly balancer: Kernel;
  readonly host: CheckHost;

  constructor(checker: string, seed = 1, port = 80) {
    const emit = (event: LabEvent): void => {
      this.events.push(event);
    };
    const wire = new Switch('lan', this.world, random(seed, 'switch'), { emit, capture: () => {} });
    this.balancer = new Kernel('gw1', this.world, emit);
    this.server = new Kernel('web1', this.world, emit);
    this.balancer.attach(wire, [{ address: ip('10.0.0.1'), length: 24 }], 'x');
    this.server.attach(wire, [{ address: ip('10.0.0.2'), length: 24 }], 'x');
    this.server.services = SERVICES.map(newService);
    for (const kernel of [this.balancer, this.server]) kernel.powerOn();
    const text = `virtual_server 10.0.0.100 ${port} {\n${METHOD}\nreal_server 10.0.0.2 ${port} {\n${checker}\n}\n}`;
    const { config, issues } = parseConfig(text, 'bench.conf');
    expect(issues).toEqual([]);
    const kernels = new Map([this.balancer, this.server].map((kernel) => [kernel.name, kernel]));
    this.host = new CheckHost(this.balancer, config, {
      random: random(seed, 'host'),
      net: { kernels, random: random(seed, 'net'), world: this.world, emit },
      log: { started: () => {}, exited: () => {} },
      runScript: (_argv, ended) => {
        this.world.after(micros(2_000), () => ended(0));
        return { signal: () => {} };
      },
    });
    this.host.start();
  }

  run(until: number): void {
    this.world.runUntil(instant(until), () => false);
  }

  /** The reported states of the server, in order. */
  verdicts(): EventOf<'server'>[] {
    return this.events.filter((event): event is EventOf<'server'> => event.kind === 'server');
  }

  strike(fault: Fault, id = 'f'): void {
    if (fault.kind === 'port.block' || fault.kind === 'icmp.drop') {
      this.server.filters.add(id, fault);
      return;
    }
    const named = 'service' in fault ? fault.service : undefined;
    const service = this.server.services.find(({ name }) => name === named);
    if (service !== undefined && 'service' in fault) strike(service, id, fault);
  }

  heal(): void {
    this.server.filters.remove('f');
    for (const { faults } of this.server.services) faults.delete('f');
  }
}

const TIMING = 'delay_loop 1\n connect_timeout 0.5\n retry 1\n delay_before_retry 0.5\n warmup 0';
const HTTP = `HTTP_GET {\n url {\n path /\n regex web1\n}\n${TIMING}\n}`;
const node = 'web1';

describe('a check in virtual time', () => {
  const cases: [string, string, number, Fault, boolean][] = [
    ['HTTP', HTTP, 80, { kind: 'port.block', node, port: 80, mode: 'drop' }, true],
    ['HTTP', HTTP, 80, { kind: 'port.block', node, port: 80, mode: 'reset' }, true],
    ['HTTP', HTTP, 80, { kind: 'port.block', node, port: 81, mode: 'drop' }, false],
    ['HTTP', HTTP, 80, { kind: 'icmp.drop', node, type: 'all', direction: 'both' }, false],
    ['HTTP', HTTP, 80, { kind: 'service.stop', node, service: 'http' }, true],
    ['HTTP', HTTP, 80, { kind: 'service.hang', node, service: 'http' }, true],
    ['HTTP', HTTP, 80, { kind: 'service.slow', node, service: 'http', delay: seconds(1) }, true],
    ['HTTP', HTTP, 80, { kind: 'service.slow', node, service: 'http', delay: seconds(0.1) }, false],
    ['HTTP', HTTP, 80, { kind: 'service.status', node, service: 'http', status: 500 }, true],
    ['HTTP', HTTP, 80, { kind: 'service.body', node, service: 'http', body: 'sorry' }, true],
    ['HTTP', HTTP, 80, { kind: 'service.stop', node, service: 'https' }, false],
    [
      'TCP',
      `TCP_CHECK {\n${TIMING}\n}`,
      80,
      { kind: 'service.hang', node, service: 'http' },
      false,
    ],
    ['TCP', `TCP_CHECK {\n${TIMING}\n}`, 80, { kind: 'service.stop', node, service: 'http' }, true],
    [
      'PING',
      `PING_CHECK {\n${TIMING}\n}`,
      80,
      { kind: 'icmp.drop', node, type: 'echo', direction: 'in' },
      true,
    ],
    [
      'PING',
      `PING_CHECK {\n${TIMING}\n}`,
      80,
      { kind: 'service.stop', node, service: 'http' },
      false,
    ],
    [
      'UDP',
      `UDP_CHECK {\n require_reply\n${TIMING}\n}`,
      53,
      { kind: 'service.hang', node, service: 'udp' },
      true,
    ],
    [
      'SSL',
      `SSL_GET {\n url {\n path /\n}\n${TIMING}\n}`,
      443,
      { kind: 'tls.expired', node, service: 'https' },
      true,
    ],
  ];

  it.each(cases)('%s %#', (_name, checker, port, fault, noticed) => {
    const bench = new Bench(checker, 1, port);
    bench.run(5_000_000);
    bench.strike(fault);
    bench.run(12_000_000);
    expect(bench.verdicts().map(({ up }) => up)).toEqual(noticed ? [false] : []);
    bench.heal();
    bench.run(16_000_000);
    expect(bench.verdicts().map(({ up }) => up)).toEqual(noticed ? [false, true] : []);
  });

  it('gives the same events for the same seed', () => {
    const story = (seed: number): string => {
      const bench = new Bench(HTTP, seed);
      bench.run(3_300_000);
      bench.strike({ kind: 'service.stop', node, service: 'http' });
      bench.run(9_000_000);
      return JSON.stringify(bench.events);
    };
    expect(story(7)).toBe(story(7));
    expect(story(7)).not.toBe(story(8));
  });

  it('a restarted check child gets the failed servers of its killed predecessor from the parent', () => {
    const bench = new Bench(HTTP);
    bench.run(2_000_000);
    bench.strike({ kind: 'service.stop', node, service: 'http' });
    bench.run(6_000_000);
    bench.host.process.kill(bench.world.now());
    bench.events.length = 0;
    bench.host.start();
    bench.run(9_000_000);
    const pools = bench.events.filter((event): event is EventOf<'pool'> => event.kind === 'pool');
    expect(pools.map(({ servers }) => servers)).toEqual([[]]);
    expect(bench.verdicts()).toEqual([]);
  });
});

/** Maximum lateness of the wake-ups that start probes and end timeouts (us). */
const LATE = 1_260;
/** Maximum time of a request without delay: connection and page. */
const TRIPS = 1_500;

/** Permanent failures of a server as a probe sees them. */
const FAILURES: readonly Fault[] = [
  { kind: 'port.block', node, port: 80, mode: 'drop' },
  { kind: 'port.block', node, port: 80, mode: 'reset' },
  { kind: 'service.stop', node, service: 'http' },
  { kind: 'service.hang', node, service: 'http' },
  { kind: 'service.status', node, service: 'http', status: 500 },
];

it('a failure is declared within its bounds, never earlier, in 10 000 random configurations', () => {
  const anyCase = fc.record({
    interval: fc.integer({ min: 50, max: 3_000 }),
    timeout: fc.integer({ min: 20, max: 2_000 }),
    retry: fc.nat(3),
    retryDelay: fc.nat(2_000),
    /** Time of the failure in the interval after the first answer, in thousandths. */
    at: fc.nat(999),
    seed: fc.nat(1_000),
    failure: fc.nat(FAILURES.length - 1),
    /** Duration of a successful answer in percent of the timeout. */
    slow: fc.constantFrom(0, 0, 50, 80),
  });
  // The generator must reach both extremes: a failure during a probe, and just after an answer.
  let atOnce = 0;
  let nearlyLatest = 0;
  fc.assert(
    fc.property(anyCase, ({ interval, timeout, retry, retryDelay, at, seed, failure, slow }) => {
      const bench = new Bench(
        `HTTP_GET {\n url {\n path /\n }\n delay_loop ${interval / 1_000}\n connect_timeout ${timeout / 1_000}\n retry ${retry}\n delay_before_retry ${retryDelay / 1_000}\n warmup 0\n}`,
        seed,
      );
      const delay = milliseconds((timeout * slow) / 100);
      if (slow > 0) bench.strike({ kind: 'service.slow', node, service: 'http', delay }, 'slow');
      const first = Math.ceil((delay + TRIPS + LATE) / milliseconds(interval));
      const struck = instant(interval * (1_000 * first + at));
      bench.run(struck);
      const fault = FAILURES[failure] ?? fail();
      bench.strike(fault);
      // An earlier request is still answered, unless its connection is cut.
      const answered = fault.kind === 'service.stop' ? 0 : delay;
      const { earliest, latest } = downBounds({
        interval: milliseconds(interval),
        timeout: milliseconds(timeout),
        fall: retry + 1,
        rise: 1,
        retryDelay: milliseconds(retryDelay),
        warmup: micros(0),
        initial: 'up',
      });
      const slack = answered + (retry + 1) * (2 * LATE + TRIPS);
      bench.run(struck + latest + slack);
      expect(bench.verdicts().map(({ up }) => up)).toEqual([false]);
      const took = (bench.verdicts()[0]?.at ?? 0) - struck;
      expect(took).toBeGreaterThanOrEqual(earliest);
      expect(took).toBeLessThanOrEqual(latest + slack);
      if (took <= earliest + (retry + 1) * TRIPS && fault.kind === 'service.stop') atOnce++;
      if (took >= latest - 0.05 * interval * 1_000) nearlyLatest++;
    }),
    { numRuns: 10_000 },
  );
  expect(atOnce).toBeGreaterThan(20);
  expect(nearlyLatest).toBeGreaterThan(20);
}, 120_000);

function fail(): never {
  throw new Error('every failure has a number');
}

/** Health checks on a bench: effects as ordered lines; the test sets time and results. */
import { expect } from 'vitest';
import { createChecks, nextChecksDeadline, stepChecks } from '../../src/engine/check/checks.ts';
import type { CheckEffect, CheckInput } from '../../src/engine/check/io.ts';
import { parseConfig } from '../../src/engine/conf/read.ts';
import type { DaemonConfig } from '../../src/engine/core/config.ts';
import { type Instant, instant } from '../../src/time.ts';

export const CHECK =
  'TCP_CHECK { connect_port 80\n warmup 0\n delay_loop 1\n retry 1\n delay_before_retry 1 }';

export function checkConfig(servers: readonly string[], more = '', global = ''): DaemonConfig {
  const text = `global_defs {\n${global}\n}\ntrack_file load {\n file /run/load\n}
virtual_server 10.0.0.100 80 {\n protocol TCP\n lvs_sched rr\n lvs_method NAT\n delay_loop 1\n${more}\n${servers
    .map((checker, i) => `real_server 10.0.1.${i + 1} 80 {\n${checker}\n}`)
    .join('\n')}\n}`;
  const { config, issues } = parseConfig(text, 'lvs.conf');
  expect(issues).toEqual([]);
  return config;
}

export class CheckBench {
  readonly state;
  now: Instant = instant(0);
  /** Last probe of each address. */
  readonly probes = new Map<string, { checker: string; probe: number }>();
  private lines: string[] = [];

  constructor(config: DaemonConfig) {
    this.state = createChecks(config);
  }

  input(input: CheckInput): void {
    stepChecks(this.state, input, this.now, (effect) => this.note(effect));
  }

  start(): string[] {
    this.input({ kind: 'startup' });
    this.input({ kind: 'wake' });
    return this.take();
  }

  take(): string[] {
    const lines = this.lines;
    this.lines = [];
    return lines;
  }

  /** Lets time go on; probes end with the given results: server number to ok. */
  run(seconds: number, ok: (server: string) => boolean): string[] {
    const until = this.now + seconds * 1_000_000;
    for (;;) {
      const at = nextChecksDeadline(this.state);
      if (at === undefined || at > until) break;
      this.now = at;
      this.input({ kind: 'wake' });
      for (const [server, probe] of [...this.probes]) this.end(server, ok(server), probe);
    }
    this.now = instant(until);
    return this.take();
  }

  end(server: string, ok: boolean, probe = this.probes.get(server), weight?: number): void {
    if (probe === undefined) throw new Error(`no probe of ${server}`);
    this.probes.delete(server);
    const detail = ok ? 'answered' : 'connection refused';
    this.input({
      kind: 'probe-ended',
      ...probe,
      ok,
      detail,
      ...(weight === undefined ? {} : { weight }),
    });
  }

  private note(effect: CheckEffect): void {
    switch (effect.kind) {
      case 'probe': {
        const { config, checker, probe } = effect;
        const server = 'target' in config ? (config.target.address.split('.')[3] ?? '') : 'misc';
        this.probes.set(server, { checker, probe });
        return;
      }
      case 'pool': {
        const members = effect.pool.destinations.map(
          ({ address, weight }) => `${address.split('.').slice(2).join('.')}=${weight}`,
        );
        this.lines.push(`pool ${members.join(' ')}`.trimEnd());
        return;
      }
      case 'server':
        this.lines.push(`${effect.realServer.address} ${effect.up ? 'up' : 'down'}`);
        return;
      case 'quorum':
        this.lines.push(`quorum ${effect.up ? 'up' : 'down'}`);
        return;
      case 'abort':
      case 'remove-pool':
      case 'weight':
        this.lines.push(effect.kind);
        return;
      default:
        this.lines.push(`${effect.checker} ${effect.outcome}: ${effect.detail}`);
    }
  }
}

/** Virtual and static routes, rules and addresses, in iproute2's own words, one command after the other. */
import { spawn } from 'node:child_process';
import type { VirtualRoute, VirtualRule, VrrpInstanceConfig } from '../engine/core/config.ts';
import type { StaticConfig } from '../engine/core/config-track.ts';
import type { Log } from './log.ts';

export class Routes {
  private readonly log: Log;
  private last: Promise<void> = Promise.resolve();

  constructor(log: Log) {
    this.log = log;
  }

  install({ routes, rules }: Pick<VrrpInstanceConfig, 'routes' | 'rules'>): void {
    for (const rule of rules) this.run(words(rule, 'rule', 'add'), 'File exists');
    for (const route of routes) this.run(words(route, 'route', 'replace'));
  }

  withdraw({ routes, rules }: Pick<VrrpInstanceConfig, 'routes' | 'rules'>): void {
    for (const route of routes) this.run(words(route, 'route', 'del'), 'No such');
    for (const rule of rules) this.run(words(rule, 'rule', 'del'), 'No such');
  }

  installStatics({ addresses, routes, rules }: StaticConfig): void {
    for (const { address, length, interface: name } of addresses)
      if (name !== undefined) this.run(['addr', 'replace', `${address}/${length}`, 'dev', name]);
    this.install({ routes, rules });
  }

  withdrawStatics({ addresses, routes, rules }: StaticConfig): void {
    this.withdraw({ routes, rules });
    for (const { address, length, interface: name } of addresses)
      if (name !== undefined)
        this.run(['addr', 'del', `${address}/${length}`, 'dev', name], 'Cannot assign');
  }

  /** When everything asked for so far is done. */
  settled(): Promise<void> {
    return this.last;
  }

  /** `fine`: a refusal that only says that it was so already. */
  private run(args: readonly string[], fine?: string): void {
    this.last = this.last.then(
      () =>
        new Promise((resolve) => {
          const child = spawn('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
          let said = '';
          child.stderr.on('data', (data: Buffer) => {
            said += data.toString();
          });
          child.once('error', (error) => {
            this.log.error(`ip ${args.join(' ')}: ${error.message}`);
            resolve();
          });
          child.once('close', (code) => {
            if (code !== 0 && (fine === undefined || !said.includes(fine)))
              this.log.error(`ip ${args.join(' ')}: ${said.trim()}`);
            resolve();
          });
        }),
    );
  }
}

function words(
  { family, words: own }: VirtualRoute | VirtualRule,
  what: 'route' | 'rule',
  action: string,
): string[] {
  return [family === 6 ? '-6' : '-4', what, action, ...own];
}

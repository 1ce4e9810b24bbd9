/** Virtual and static routes, rules and addresses, in iproute2's own words, one command after the other. */
import { spawn } from 'node:child_process';
import type {
  VirtualAddress,
  VirtualRoute,
  VirtualRule,
  VrrpInstanceConfig,
} from '../engine/core/config.ts';
import type { StaticConfig } from '../engine/core/config-track.ts';
import type { Log } from './log.ts';

type RoutesAndRules = Pick<VrrpInstanceConfig, 'routes' | 'rules'>;

/** `problem`: why it cannot be put back. */
export type Restored = 'there' | 'restored' | { readonly problem: string };

export class Routes {
  private readonly log: Log;
  private last: Promise<void> = Promise.resolve();

  constructor(log: Log) {
    this.log = log;
  }

  /** `failed`: told of each that the kernel did not take; whether somebody sees to it, so that no log has to. */
  install(
    { routes, rules }: RoutesAndRules,
    failed?: (one: VirtualRoute | VirtualRule) => boolean,
  ): void {
    for (const rule of rules)
      this.run(words(rule, 'rule', 'add'), 'File exists', () => failed?.(rule));
    for (const route of routes)
      this.run(words(route, 'route', 'replace'), undefined, () => failed?.(route));
  }

  withdraw({ routes, rules }: RoutesAndRules): void {
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

  /** Puts one back, after what was asked for before; `there`: it had not gone. */
  async restore(args: readonly string[]): Promise<Restored> {
    let outcome: Restored = 'there';
    this.last = this.last.then(async () => {
      const said = await ip(args);
      if (said === undefined) outcome = 'restored';
      else if (!/exists|already assigned/i.test(said)) outcome = { problem: said };
    });
    await this.last;
    return outcome;
  }

  /** When everything asked for so far is done. */
  settled(): Promise<void> {
    return this.last;
  }

  /** `fine`: a refusal that only says that it was so already. */
  private run(
    args: readonly string[],
    fine?: string,
    failed: () => boolean | undefined = () => false,
  ): void {
    this.last = this.last.then(async () => {
      const said = await ip(args);
      if (said !== undefined && (fine === undefined || !said.includes(fine)) && failed() !== true)
        this.log.error(`ip ${args.join(' ')}: ${said}`);
    });
  }
}

/** Undefined: done; otherwise what it said. */
function ip(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : said.trim() || 'it failed'));
  });
}

/** Arguments of ip(8). */
export function addressArguments({ address, length, interface: name }: VirtualAddress): string[] {
  return ['addr', 'add', `${address}/${length}`, 'dev', name ?? ''];
}

/** Arguments of ip(8). */
export function words(
  { family, words: own }: VirtualRoute | VirtualRule,
  what: 'route' | 'rule',
  action: string,
): string[] {
  return [family === 6 ? '-6' : '-4', what, action, ...own];
}

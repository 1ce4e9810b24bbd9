/** Installs virtual and static routes, rules and addresses through ip(8), one command after the other. */
import { spawn } from 'node:child_process';
import type { VrrpInstanceConfig } from '../../engine/core/config.ts';
import type {
  VirtualAddress,
  VirtualRoute,
  VirtualRule,
} from '../../engine/core/config-address.ts';
import type { StaticConfig } from '../../engine/core/config-track.ts';
import type { Log } from '../log.ts';

type RoutesAndRules = Pick<VrrpInstanceConfig, 'routes' | 'rules'>;

/** `problem`: why it cannot be put back. */
export type Restored = 'there' | 'restored' | { readonly problem: string };

export class Routes {
  private readonly log: Log;
  private last: Promise<void> = Promise.resolve();

  constructor(log: Log) {
    this.log = log;
  }

  /** `failed`: called for each that the kernel refuses; true if it is retried, so that it is not logged here. */
  install(
    { routes, rules }: RoutesAndRules,
    failed?: (item: VirtualRoute | VirtualRule) => boolean,
  ): void {
    for (const rule of rules)
      this.run(ipArguments(rule, 'rule', 'add'), 'File exists', () => failed?.(rule));
    for (const route of routes)
      this.run(ipArguments(route, 'route', 'replace'), undefined, () => failed?.(route));
  }

  withdraw({ routes, rules }: RoutesAndRules): void {
    for (const route of routes) this.run(ipArguments(route, 'route', 'del'), 'No such');
    for (const rule of rules) this.run(ipArguments(rule, 'rule', 'del'), 'No such');
  }

  installStatics({ addresses, routes, rules }: StaticConfig): void {
    for (const address of addresses)
      if (address.interface !== undefined) this.run(addressArguments(address, 'replace'));
    this.install({ routes, rules });
  }

  withdrawStatics({ addresses, routes, rules }: StaticConfig): void {
    this.withdraw({ routes, rules });
    for (const address of addresses)
      if (address.interface !== undefined)
        this.run(['addr', 'del', ...placeOf(address)], 'Cannot assign');
  }

  /** Puts an entry back, after the commands before it; `there`: it was still in place. */
  async restore(args: readonly string[]): Promise<Restored> {
    let outcome: Restored = 'there';
    this.last = this.last.then(async () => {
      const output = await ip(args);
      if (output === undefined) outcome = 'restored';
      else if (!/exists|already assigned/i.test(output)) outcome = { problem: output };
    });
    await this.last;
    return outcome;
  }

  /** Resolves when every command so far has ended. */
  settled(): Promise<void> {
    return this.last;
  }

  /** `fine`: an error that only means that nothing had to be done. */
  private run(
    args: readonly string[],
    fine?: string,
    failed: () => boolean | undefined = () => false,
  ): void {
    this.last = this.last.then(async () => {
      const output = await ip(args);
      if (
        output !== undefined &&
        (fine === undefined || !output.includes(fine)) &&
        failed() !== true
      )
        this.log.error(`ip ${args.join(' ')}: ${output}`);
    });
  }
}

/** Runs ip(8). Answers its error, or undefined. */
function ip(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.on('data', (data: Buffer) => {
      output += data.toString();
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : output.trim() || 'it failed'));
  });
}

/** Arguments of ip(8) that put a static address in place as keepalived does. */
export function addressArguments(spec: VirtualAddress, action: 'add' | 'replace'): string[] {
  const { address, broadcast, label, scope, flags = [] } = spec;
  const six = address.includes(':');
  return [
    ...['addr', action, ...placeOf(spec)],
    ...(broadcast === undefined ? [] : ['brd', broadcast]),
    ...(scope === undefined ? [] : ['scope', scope]),
    ...(label === undefined ? [] : ['label', label]),
    ...(six && !flags.includes('-nodad') ? ['nodad'] : []),
    ...flags.filter((flag) => flag !== '-nodad'),
  ];
}

function placeOf({ address, length, interface: name, peer }: VirtualAddress): string[] {
  const own =
    peer === undefined ? [`${address}/${length}`] : [address, 'peer', `${peer}/${length}`];
  return [...own, 'dev', name ?? ''];
}

/** RTPROT_KEEPALIVED, which marks keepalived's routes and rules. */
const PROTOCOL = '18';
/** Types whose scope is fixed: the kernel refuses another. */
const OWN_SCOPE = ['local', 'broadcast', 'multicast', 'anycast'];

/** Arguments of ip(8). */
export function ipArguments(
  item: VirtualRoute | VirtualRule,
  what: 'route' | 'rule',
  action: string,
): string[] {
  const { family, words: own } = item;
  const more = [
    ...(own.includes('proto') || own.includes('protocol') ? [] : ['protocol', PROTOCOL]),
    ...(what === 'route' && family === 4 ? scopeOf(own) : []),
  ];
  // Nothing may follow the next hops.
  const hops = own.indexOf('nexthop');
  const at = what === 'route' && hops >= 0 ? hops : own.length;
  return [
    family === 6 ? '-6' : '-4',
    ...[what, action, ...own.slice(0, at), ...more, ...own.slice(at)],
  ];
}

/** keepalived's scope; without a gateway ip(8) would choose `link`. */
function scopeOf(own: readonly string[]): string[] {
  const isGiven = own.includes('scope') || OWN_SCOPE.includes(own[0] ?? '');
  return isGiven ? [] : ['scope', 'global'];
}

/**
 * Guards static addresses, routes and rules, and the virtual routes and rules of Active instances. What another program
 * removes is put back at once, as keepalived does with static entries. What cannot be put in place is reported and
 * retried; until then the instances of its `track_group` are in FAULT. An Active stays Active without a virtual route,
 * as in keepalived at a takeover: to give up would not help, and it would take over again.
 */
import type { VrrpInstanceConfig } from '../../engine/core/config.ts';
import type {
  Track,
  VirtualAddress,
  VirtualRoute,
  VirtualRule,
} from '../../engine/core/config-address.ts';
import type { StaticConfig } from '../../engine/core/config-track.ts';
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { watchRoutes } from '../../linux/route-watch.ts';
import { parsePrefix } from '../../net/address.ts';
import { between, instant } from '../../time.ts';
import type { Log } from '../log.ts';
import { type Missing, Shortfall } from '../shortfall.ts';
import { addressArguments, ipArguments, type Restored, type Routes } from './routes.ts';

interface Guarded {
  /** The name in messages of the kernel: `10.1.0.0/16`, or `rule`. */
  readonly key: string | undefined;
  /** Arguments of ip(8) that put it in place. */
  readonly args: readonly string[];
  /** `route 10.1.0.0/16 via 10.0.0.1`. */
  readonly description: string;
  readonly group: string | undefined;
  readonly instance: string | undefined;
}

/** Changes within this time are handled together. */
const SETTLE_MS = 20;
const RULE = 'rule';

export class RouteGuard {
  private readonly routes: Routes;
  private readonly sendToChild: (input: VrrpInput) => void;
  private readonly log: Log;
  private statics: readonly Guarded[] = [];
  private readonly active = new Map<string, readonly Guarded[]>();
  private readonly suspects = new Set<Guarded>();
  /** Entries that cannot be put in place. */
  private readonly gone = new Set<Guarded>();
  private readonly shortfall: Shortfall;
  private watching: { close(): void } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking = false;

  constructor(routes: Routes, sendToChild: (input: VrrpInput) => void, log: Log) {
    this.routes = routes;
    this.sendToChild = sendToChild;
    this.log = log;
    this.shortfall = new Shortfall(log);
  }

  missing(): readonly Missing[] {
    return this.shortfall.list();
  }

  /** Call it after they were installed: checks at once that they are in place. */
  guardStatics({ addresses, routes, rules }: StaticConfig): void {
    for (const entry of this.statics) this.forget(entry);
    this.statics = [
      ...addresses.filter((address) => address.interface !== undefined).map(addressOf),
      ...routes.map((route) => routeOf(route)),
      ...rules.map((rule) => ruleOf(rule)),
    ];
    this.suspect(() => true);
  }

  guard({ name, routes, rules }: VrrpInstanceConfig): void {
    for (const entry of this.active.get(name) ?? []) this.forget(entry);
    this.active.set(name, guardedOf(name, { routes, rules }));
    this.watch();
  }

  /** A route or rule of an instance could not be installed: retries it. Whether it is guarded. */
  failed(instance: string, { words: wanted }: VirtualRoute | VirtualRule): boolean {
    const text = wanted.join(' ');
    const names = [`route ${text}`, `rule ${text}`];
    const isMeant = (entry: Guarded): boolean =>
      entry.instance === instance && names.includes(entry.description);
    this.suspect(isMeant);
    return this.all().some(isMeant);
  }

  /** Releases those that an instance withdraws. */
  release(instance: string, gone: Pick<VrrpInstanceConfig, 'routes' | 'rules'>): void {
    const texts = new Set(guardedOf(instance, gone).map(({ args }) => args.join(' ')));
    const all = this.active.get(instance) ?? [];
    const rest = all.filter(({ args }) => !texts.has(args.join(' ')));
    for (const entry of all) if (!rest.includes(entry)) this.forget(entry);
    if (rest.length > 0) this.active.set(instance, rest);
    else this.active.delete(instance);
  }

  /** Reports every group: a new child knows none. */
  reportAll(): void {
    for (const group of new Set(this.statics.map((entry) => entry.group))) this.reportGroup(group);
  }

  close(): void {
    clearTimeout(this.timer);
    this.watching?.close();
    this.watching = undefined;
    this.statics = [];
    this.active.clear();
    this.suspects.clear();
    this.gone.clear();
  }

  private forget(entry: Guarded): void {
    this.gone.delete(entry);
    this.shortfall.forget(keyOf(entry));
  }

  private all(): Guarded[] {
    return [...this.statics, ...[...this.active.values()].flat()];
  }

  private watch(): void {
    if (this.watching !== undefined || this.all().length === 0) return;
    this.watching = watchRoutes({
      // The kernel sends no message about IPv4 routes that disappear with a link.
      onLink: () => {
        this.retryGone();
        this.suspect(() => true);
      },
      onOverrun: () => this.suspect(() => true),
      onAddress: ({ address }, removed) => {
        this.retryGone();
        if (removed) this.suspect(({ key }) => key === address);
      },
      onRouteRemoved: ({ destination, length }) =>
        this.suspect(({ key }) => key === `${destination}/${length}`),
      onRuleRemoved: () => this.suspect(({ key }) => key === RULE),
    });
  }

  /** Retries at once: the kernel may accept them now. */
  private retryGone(): void {
    for (const entry of this.gone) this.shortfall.hurry(keyOf(entry));
    if (this.gone.size > 0) this.suspect((entry) => this.gone.has(entry));
  }

  private suspect(fits: (entry: Guarded) => boolean): void {
    this.watch();
    for (const entry of this.all()) if (fits(entry)) this.suspects.add(entry);
    if (this.suspects.size > 0) this.lookIn(SETTLE_MS);
  }

  private lookIn(ms: number): void {
    if (this.looking) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), ms);
  }

  private async look(): Promise<void> {
    this.looking = true;
    for (const entry of [...this.suspects]) {
      if (!this.shortfall.isDue(keyOf(entry), monotonicNow())) continue;
      this.suspects.delete(entry);
      if (!this.all().includes(entry)) continue;
      const outcome = await this.routes.restore(entry.args);
      if (this.all().includes(entry)) this.judge(entry, outcome);
    }
    this.looking = false;
    this.lookAgain();
  }

  /** For entries that are not due yet, and for those that came up meanwhile. */
  private lookAgain(): void {
    const now = monotonicNow();
    const times = [...this.suspects].map((entry) => this.shortfall.dueAt(keyOf(entry), now));
    if (times.length === 0) return;
    this.lookIn(Math.max(between(now, instant(Math.min(...times))) / 1_000, SETTLE_MS));
  }

  private judge(entry: Guarded, outcome: Restored): void {
    const { instance, group } = entry;
    const key = keyOf(entry);
    const before = this.gone.has(entry);
    if (outcome === 'restored') this.shortfall.attempted(key, monotonicNow());
    if (typeof outcome === 'object') {
      const reason = outcome.problem;
      const since = monotonicNow();
      this.shortfall.failed(key, { of: instance ?? group, what: entry.description, reason, since });
      this.gone.add(entry);
      this.suspects.add(entry);
    } else {
      this.gone.delete(entry);
      if (!this.shortfall.held(key) && outcome === 'restored')
        this.log.error(`${entry.description} had been removed; put back`);
    }
    if (before !== this.gone.has(entry)) this.reportGroup(group);
  }

  private reportGroup(group: string | undefined): void {
    if (group === undefined) return;
    const lost = [...this.gone].find((entry) => entry.group === group);
    const missing = lost?.description;
    this.sendToChild({ kind: 'track-group', group, missing });
  }
}

function keyOf({ args, group, instance }: Guarded): string {
  return `${instance ?? ''} ${group ?? ''} ${args.join(' ')}`;
}

function guardedOf(
  instance: string,
  { routes, rules }: Pick<VrrpInstanceConfig, 'routes' | 'rules'>,
): Guarded[] {
  const tracked = ({ track }: { readonly track?: Track }): boolean => track?.kind !== 'none';
  return [
    ...routes.filter(tracked).map((route) => routeOf(route, instance)),
    ...rules.filter(tracked).map((rule) => ruleOf(rule, instance)),
  ];
}

function addressOf(address: VirtualAddress): Guarded {
  return {
    key: address.address,
    args: addressArguments(address, 'add'),
    description: `addr ${address.address}/${address.length} dev ${address.interface}`,
    group: groupOf(address),
    instance: undefined,
  };
}

function routeOf(route: VirtualRoute, instance?: string): Guarded {
  const all = route.family === 4 ? '0.0.0.0/0' : '::/0';
  // The destination is the first word, or the second behind a type.
  const [key] = route.words.slice(0, 2).flatMap((word) => {
    const prefix = parsePrefix(word);
    if (word === 'default') return [all];
    return prefix === undefined ? [] : [`${prefix.address}/${prefix.length}`];
  });
  return {
    key,
    args: ipArguments(route, 'route', 'add'),
    description: `route ${route.words.join(' ')}`,
    group: groupOf(route),
    instance,
  };
}

function ruleOf(rule: VirtualRule, instance?: string): Guarded {
  return {
    key: RULE,
    args: ipArguments(rule, 'rule', 'add'),
    description: `rule ${rule.words.join(' ')}`,
    group: groupOf(rule),
    instance,
  };
}

function groupOf({ track }: { readonly track?: Track }): string | undefined {
  return track?.kind === 'group' ? track.name : undefined;
}

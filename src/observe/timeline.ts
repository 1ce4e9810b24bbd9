/** Everything observed in one lab, in the order it was learned, with the indexes for queries. */
import type { IpAddress, Mac } from '../net/address.ts';
import type { Instant } from '../time.ts';
import type { Topology } from '../topology/topology.ts';
import type { EventKind, EventOf, LabEvent, NodeInterface } from './event.ts';
import { isVirtualMac } from './mac-owners.ts';
import { Ownership, type Window } from './ownership.ts';
import { ProbeLog } from './probe-log.ts';
import type { Witness } from './witness.ts';
import { Witnesses } from './witnesses.ts';

/** Upper limit of kept events, about a gigabyte. After it their witnesses count as blind. */
const MOST_EVENTS = 20_000_000;

export class Timeline {
  readonly ownership: Ownership;
  readonly witnesses = new Witnesses();
  readonly probes = new Map<string, ProbeLog>();
  /** The ends of HTTP requests, by probe. */
  readonly http = new Map<string, EventOf<'http-result'>[]>();
  private readonly events: LabEvent[] = [];
  private readonly byKind = new Map<EventKind, LabEvent[]>();
  private readonly interfaces = new Map<string, readonly NodeInterface[]>();
  private readonly neighbors = new Map<string, EventOf<'neighbor'>>();
  private readonly virtualMacs = new Map<string, string>();
  private readonly mostEvents: number;
  private added = 0;
  private readonly cutOff = new Set<Witness>();

  constructor(topology: Topology, mostEvents = MOST_EVENTS) {
    this.mostEvents = mostEvents;
    this.ownership = new Ownership(topology.virtualRouters);
    for (const { name, from, every, http } of topology.probes)
      if (http === undefined) this.probes.set(name, new ProbeLog(name, from, every));
      else this.http.set(name, []);
  }

  /** Probe events and heartbeats go to their log alone: there are hundreds a second. */
  add(event: LabEvent): void {
    this.witnesses.hear(event);
    if (event.kind === 'heartbeat') return;
    const { witness } = event;
    // Events of the lab itself are always kept: no witness reports them.
    if (witness !== undefined && this.added >= this.mostEvents) this.leaveOut(event, witness);
    else {
      this.added++;
      this.take(event);
    }
  }

  private leaveOut({ at, node }: LabEvent, witness: Witness): void {
    if (this.cutOff.has(witness)) return;
    this.cutOff.add(witness);
    const why = `told of more than the ${this.mostEvents} events that can be kept`;
    const origin = { at, source: 'lab', node, witness } as const;
    this.witnesses.hear({ kind: 'evidence-dropped', ...origin, count: 0, why });
  }

  private take(event: LabEvent): void {
    switch (event.kind) {
      case 'probe-request':
        this.probes.get(event.probe)?.request(event.sequence, event.at);
        return;
      case 'probe-reply':
        this.probes.get(event.probe)?.reply(event.sequence, event.at, event.node);
        return;
      case 'http-result':
        this.http.get(event.probe)?.push(event);
        return;
      case 'node-up':
        if (event.node !== undefined) this.interfaces.set(event.node, event.interfaces);
        break;
      case 'neighbor':
        this.neighbors.set(`${event.node} ${event.address}`, event);
        break;
      case 'advert':
        if (event.node !== undefined && isVirtualMac(event.mac))
          this.virtualMacs.set(`${event.segment} ${event.mac}`, event.node);
        break;
      default:
    }
    this.events.push(event);
    this.ownership.observe(event);
    const same = this.byKind.get(event.kind);
    if (same === undefined) this.byKind.set(event.kind, [event]);
    else same.push(event);
  }

  /** Every event, sorted by time; for files and failure messages. */
  sorted(window?: Window): LabEvent[] {
    const within = ({ at }: LabEvent): boolean =>
      window === undefined || (at >= window.from && at <= window.to);
    const probes = [...this.probes.values()].flatMap((log) => log.events());
    return [...this.events, ...probes, ...[...this.http.values()].flat()]
      .filter(within)
      .sort((a, b) => a.at - b.at);
  }

  /** The same with the heartbeats, for files. */
  everything(): LabEvent[] {
    const all = [...this.sorted(), ...this.witnesses.heartbeats()];
    return all.sort((a, b) => a.at - b.at);
  }

  /** Events of one kind, as they came; probe events are in `probes` instead. */
  of<K extends EventKind>(kind: K): readonly EventOf<K>[] {
    return (this.byKind.get(kind) ?? []) as EventOf<K>[];
  }

  /** The same, from `from` on; searched from the end, so recent questions are cheap. */
  since<K extends EventKind>(kind: K, from: Instant): EventOf<K>[] {
    const all = this.of(kind);
    let i = all.length;
    while (i > 0 && (all[i - 1]?.at ?? from) >= from - OUT_OF_ORDER) i--;
    return all.slice(i).filter(({ at }) => at >= from);
  }

  /** Of the HTTP requests of a probe that were asked within the window, those that have ended. */
  requests(probe: string, { from, to }: Window): EventOf<'http-result'>[] {
    const ended = this.http.get(probe) ?? [];
    return ended.filter(({ asked }) => asked >= from && asked <= to);
  }

  /** The MAC of a node's interface on a network. */
  macOf(node: string, network: string): Mac | undefined {
    return this.interfaces.get(node)?.find((nic) => nic.network === network)?.mac;
  }

  /** The node a MAC leads to now: its own interface's, or a virtual one it advertises from. */
  holderOf(mac: Mac, network: string): string | undefined {
    for (const [node, interfaces] of this.interfaces)
      if (interfaces.some((nic) => nic.network === network && nic.mac === mac)) return node;
    return this.virtualMacs.get(`${network} ${mac}`);
  }

  /** The MAC a node's neighbour table has for an address now. */
  neighbor(node: string, address: IpAddress): Mac | undefined {
    return this.neighbors.get(`${node} ${address}`)?.mac;
  }

  /** Number of events without probes: while it is the same, a barrier need not be judged again. */
  size(): number {
    return this.events.length;
  }
}

/** Sources are interleaved; one may lag another by up to this (us) in the order of arrival. */
const OUT_OF_ORDER = 2_000_000;

/** The event lines of halabd as events of the lab, and the pools that the node's kernel really holds. */
import { existsSync } from 'node:fs';
import { monotonicNow } from '../linux/clock.ts';
import { parseIp } from '../net/address.ts';
import type { LabEvent } from '../observe/event.ts';
import { instant } from '../time.ts';
import { IPVS, type KernelPools, readIpvs, readKernelPools } from './kernel-pools.ts';

type Line = Readonly<Record<string, unknown>>;

/** A claim of halabd as an event; undefined for every other line. */
export function engineEvent(line: string, node: string): LabEvent | undefined {
  const claim = parse(line);
  if (claim === undefined || typeof claim.at !== 'number') return undefined;
  const stamp = { at: instant(claim.at), source: 'engine', node } as const;
  const text = (field: string): string => String(claim[field]);
  const instance = text('instance');
  const virtualServer = text('virtual_server');
  const detail = text('detail');
  const up = claim.up === true;
  switch (claim.kind) {
    case 'state': {
      const state = text('state');
      const reason = text('reason');
      return { kind: 'state', ...stamp, instance, state, reason, detail };
    }
    case 'priority':
      return { kind: 'priority', ...stamp, instance, priority: Number(claim.priority) };
    case 'script':
      return { kind: 'script', ...stamp, script: text('script'), up };
    case 'quorum':
      return { kind: 'quorum', ...stamp, virtualServer, up };
    case 'server': {
      const [, ip = '', port = ''] = /^\[(.+)\]:\w+:(\d+)$/.exec(text('real_server')) ?? [];
      const address = parseIp(ip);
      if (address === undefined) return undefined;
      const place = { virtualServer, address, port: Number(port) };
      return { kind: 'server', ...stamp, ...place, up, detail };
    }
    default:
      return undefined;
  }
}

/** Whether the line reports that a pool has reached the kernel. */
export function isPoolLine(line: string): boolean {
  return parse(line)?.kind === 'pool';
}

function parse(line: string): Line | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

/** The maximum delay of an observation (ms); if reading is slow, this many times its duration. */
const FOLLOW_MS = 5;
const LOOKS = 50;

/** Emits an event for every pool of the kernel that has changed since the last look. */
export class PoolWatch {
  private known: KernelPools = new Map();
  private following = false;
  private readonly emit: (event: LabEvent) => void;
  private readonly node: () => string;
  private readonly read: () => KernelPools;

  constructor(
    node: () => string,
    emit: (event: LabEvent) => void,
    read: () => KernelPools = readKernelPools,
  ) {
    this.node = node;
    this.emit = emit;
    this.read = read;
  }

  /** Polls the kernel, for engines that do not report when a pool has changed. */
  follow(): void {
    if (this.following || !existsSync(IPVS)) return;
    this.following = true;
    // The shortest read so far: a longer one may have waited for a processor.
    let shortest = Number.POSITIVE_INFINITY;
    const again = (): void => {
      const before = monotonicNow();
      this.look(readIpvs);
      shortest = Math.min(shortest, monotonicNow() - before);
      setTimeout(again, Math.max(FOLLOW_MS, (LOOKS * shortest) / 1_000));
    };
    again();
  }

  look(read = this.read): void {
    const now = read();
    const at = monotonicNow();
    for (const name of new Set([...this.known.keys(), ...now.keys()])) {
      const servers = now.get(name) ?? [];
      const before = this.known.get(name);
      if (JSON.stringify(before) === JSON.stringify(servers)) continue;
      const node = this.node();
      this.emit({ kind: 'pool', at, source: 'kernel', node, virtualServer: name, servers });
    }
    this.known = now;
  }
}

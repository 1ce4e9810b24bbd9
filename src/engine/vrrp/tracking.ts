/**
 * Tracked objects (interfaces, scripts, files, processes) and their effect on a virtual router: a
 * weight moves its priority, no weight means FAULT while the object is down. keepalived
 * `track_interface`, `track_script`, `track_file`, `track_process`.
 */
import type { InterfaceTrack, ObjectTrack, TrackWeight } from '../core/config-track.ts';

export interface TrackedObject {
  /** Undefined: not known yet, a script that has not ended. Then it moves no priority and is no fault. */
  readonly up: boolean | undefined;
  /** Files: the number in it, which the weight multiplies. */
  readonly value?: number;
}

/** State that all instances of a process share. */
export type SharedContext = ReturnType<typeof newContext>;

export function newContext() {
  return {
    /** Whether a link is up, by interface; absent: unknown, or no such interface. */
    links: new Map<string, boolean>(),
    /** By `kind/name`. */
    objects: new Map<string, TrackedObject>(),
    /**
     * Scripts and processes without a first result since the start of the process: an instance that depends on one
     * does not start before. Objects that a reload adds are not awaited, so that no Active loses its addresses.
     */
    awaited: new Set<string>(),
    /** By `track_group`: which of its static addresses, routes or rules is missing. */
    missing: new Map<string, string>(),
    /** Wall clock (microseconds since 1970) minus the monotonic one; undefined: not needed. */
    utcOffset: undefined as number | undefined,
  };
}

export interface Tracks {
  readonly trackInterfaces: readonly InterfaceTrack[];
  readonly tracks: readonly ObjectTrack[];
}

export interface Assessment {
  /** To be added to the priority. */
  readonly change: number;
  /** Which objects changed it, for logs. */
  readonly because: readonly string[];
  /** Why the router must be in FAULT. */
  readonly fault: string | undefined;
}

/** keepalived: a file that would change the priority by more than this means FAULT. */
const MOST = 253;

export function assess({ trackInterfaces, tracks }: Tracks, context: SharedContext): Assessment {
  let change = 0;
  let fault: string | undefined;
  const because: string[] = [];
  const apply = (name: string, effect: { change: number; fault: boolean }): void => {
    change += effect.change;
    if (effect.change !== 0)
      because.push(`${name} ${effect.change > 0 ? '+' : ''}${effect.change}`);
    if (effect.fault) fault ??= name;
  };
  for (const { interface: name, weight } of trackInterfaces) {
    const up = context.links.get(name) ?? false;
    apply(`interface ${name} is ${up ? 'up' : 'down'}:`, switched(weight, up));
  }
  for (const { kind, name, weight } of tracks) {
    const object = context.objects.get(`${kind}/${name}`) ?? { up: undefined };
    apply(
      `${kind} ${name} ${describe(kind, object)}:`,
      kind === 'file' ? scaled(weight, object.value ?? 0) : switched(weight, object.up),
    );
  }
  return { change, because, fault: fault?.replace(/:$/, '') };
}

/** An object without a first result that delays startup: as in keepalived, only objects without a weight do. */
export function awaitedBy({ tracks }: Tracks, { awaited }: SharedContext): string | undefined {
  const waits = tracks.find(
    ({ kind, name, weight }) => weight.value === 0 && awaited.has(`${kind}/${name}`),
  );
  return waits === undefined ? undefined : `${waits.kind} ${waits.name}`;
}

/** Up adds a positive weight, down subtracts a negative one; without a weight down means FAULT. */
function switched(
  { value, reverse }: TrackWeight,
  up: boolean | undefined,
): { change: number; fault: boolean } {
  if (up === undefined) return { change: 0, fault: false };
  const good = reverse ? !up : up;
  if (value === 0) return { change: 0, fault: !good };
  return { change: value > 0 === good ? value : 0, fault: false };
}

/** The number in a file times the weight; without a weight any number but 0 means FAULT. */
function scaled(
  { value, reverse }: TrackWeight,
  number: number,
): { change: number; fault: boolean } {
  if (value === 0) return { change: 0, fault: reverse ? number === 0 : number !== 0 };
  const product = number * value * (reverse ? -1 : 1);
  if (product < -MOST) return { change: 0, fault: true };
  return { change: Math.min(product, MOST), fault: false };
}

function describe(kind: ObjectTrack['kind'], { up, value }: TrackedObject): string {
  if (kind === 'file') return `says ${value ?? 0}`;
  if (kind === 'process') return up ? 'runs' : 'does not run';
  return up ? 'succeeds' : 'fails';
}

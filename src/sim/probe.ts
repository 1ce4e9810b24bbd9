/**
 * An open-loop UDP probe of a simulated client: it sends on a fixed schedule to the MAC in its neighbour
 * cache, and is answered if the node with that MAC holds the address. Request and reply are
 * one step of the simulation, because nothing relevant changes within 60 us.
 */
import { family, type IpAddress, type Mac } from '../net/address.ts';
import { buildUdpFrame } from '../net/frame-build.ts';
import type { Random } from '../random.ts';
import { between, type Instant, instant, type Micros, micros, minus } from '../time.ts';
import { type Kernel, NEIGHBOR_TIMEOUT, type SimInterface } from './kernel.ts';
import type { Emit } from './switch.ts';
import type { World } from './world.ts';

export interface ProbeSpec {
  readonly name: string;
  readonly to: IpAddress;
  readonly port: number;
  readonly every: Micros;
  /** Nodes that answer at this address when they hold it. */
  readonly responders: ReadonlySet<string>;
}

export interface ProbeContext {
  readonly world: World;
  readonly random: Random;
  readonly emit: Emit;
}

/** One round trip: the time and the MAC of the request, and the time of the reply (0: none). */
interface RoundTrips {
  readonly asked: Instant[];
  readonly answered: number[];
  readonly mac: Mac[];
}

/** A round trip over the bridge and through the responder. */
const TRIP_LEAST = 45;
const TRIP_SPREAD = 40;
/** Text of the payload, as the agent of a real node sends it. */
const MAGIC = 'halab-probe';
const CLIENT_PORT = 40_000;

/**
 * Starts the probe. Answers its segment and its frames, which are built on demand from its record; undefined if the
 * client has no interface towards the address.
 */
export function startProbe(spec: ProbeSpec, kernel: Kernel, at: ProbeContext) {
  const port = portTowards(kernel, spec.to);
  if (port === undefined) return undefined;
  const trips: RoundTrips = { asked: [], answered: [], mac: [] };
  let answeredAt = at.world.now();
  const ask = (): void => {
    at.world.after(spec.every, ask);
    if (!kernel.up || !port.up) return;
    const mac = kernel.neighbor(port, spec.to);
    if (mac === undefined) return;
    if (roundTrip(spec, port, mac, trips, at)) answeredAt = at.world.now();
    else if (between(answeredAt, at.world.now()) > NEIGHBOR_TIMEOUT) kernel.forget(port, spec.to);
  };
  at.world.after(spec.every, ask);
  return { segment: port.switch.segment, frames: () => framesOf(spec, port, trips) };
}

function roundTrip(
  spec: ProbeSpec,
  port: SimInterface,
  mac: Mac,
  trips: RoundTrips,
  at: ProbeContext,
): boolean {
  const now = at.world.now();
  const asked = minus(now, micros(TRIP_LEAST + TRIP_SPREAD * at.random.next()));
  const about = { probe: spec.name, sequence: trips.asked.length };
  at.emit({ kind: 'probe-request', at: asked, source: 'tap', node: port.node, ...about });
  const target = port.switch.portOf(mac);
  const answered = target?.up === true && target.holds(spec.to) && spec.responders.has(target.node);
  trips.asked.push(asked);
  trips.mac.push(mac);
  trips.answered.push(answered ? now : 0);
  if (answered)
    at.emit({ kind: 'probe-reply', at: now, source: 'tap', node: target.node, ...about });
  return answered;
}

function* framesOf(
  spec: ProbeSpec,
  port: SimInterface,
  { asked, answered, mac }: RoundTrips,
): Generator<{ at: Instant; frame: Uint8Array }> {
  for (const [sequence, at] of asked.entries()) {
    const to = mac[sequence] ?? port.mac;
    yield { at, frame: frame(spec, port, to, sequence, undefined) };
    const replied = answered[sequence] ?? 0;
    if (replied === 0) continue;
    const answeredBy = port.switch.portOf(to)?.node;
    yield { at: instant(replied), frame: frame(spec, port, to, sequence, answeredBy) };
  }
}

function frame(
  spec: ProbeSpec,
  port: SimInterface,
  mac: Mac,
  sequence: number,
  answeredBy: string | undefined,
): Uint8Array {
  const own =
    port.own.find(({ address }) => family(address) === family(spec.to))?.address ?? spec.to;
  const text = `${MAGIC} ${spec.name} ${sequence}${answeredBy === undefined ? '' : ` ${answeredBy}`}`;
  const payload = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const asks = answeredBy === undefined;
  const ends = asks
    ? { sourceMac: port.mac, destinationMac: mac, source: own, destination: spec.to }
    : { sourceMac: mac, destinationMac: port.mac, source: spec.to, destination: own };
  const ports = asks
    ? { source: CLIENT_PORT, destination: spec.port }
    : { source: spec.port, destination: CLIENT_PORT };
  return buildUdpFrame(ends, ports, payload);
}

/** The interface whose network the address is on; otherwise the first. */
function portTowards(kernel: Kernel, to: IpAddress): SimInterface | undefined {
  const same = kernel.interfaces.find((port) =>
    port.own.some(({ address }) => family(address) === family(to)),
  );
  return same ?? kernel.interfaces[0];
}

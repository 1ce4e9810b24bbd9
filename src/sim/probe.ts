/**
 * An open-loop UDP probe of a simulated client: asks on a fixed schedule, to the MAC its neighbour
 * cache holds, and is answered if the node behind that MAC holds the address. Request and reply are
 * one step of the simulation: nothing that matters happens within 60 us.
 */
import { family, type IpAddress, type Mac } from '../net/address.ts';
import { buildUdpFrame } from '../net/frame.ts';
import type { Random } from '../random.ts';
import { between, type Micros, micros, minus } from '../time.ts';
import { type Kernel, NEIGHBOR_TIMEOUT, type SimInterface } from './kernel.ts';
import type { Capture, Emit, Port } from './switch.ts';
import type { World } from './world.ts';

export interface ProbeSpec {
  readonly name: string;
  readonly to: IpAddress;
  readonly port: number;
  readonly every: Micros;
  /** Nodes that answer at this address when they hold it. */
  readonly responders: ReadonlySet<string>;
}

export interface ProbeSurroundings {
  readonly world: World;
  readonly random: Random;
  readonly emit: Emit;
  readonly capture: Capture;
}

/** A round trip over the bridge and through the responder. */
const TRIP_LEAST = 45;
const TRIP_SPREAD = 40;
/** Text of the payload, as the agent of a real node sends it. */
const MAGIC = 'halab-probe';
const CLIENT_PORT = 40_000;

export function startProbe(spec: ProbeSpec, kernel: Kernel, at: ProbeSurroundings): void {
  const port = portTowards(kernel, spec.to);
  if (port === undefined) return;
  let sequence = 0;
  let answeredAt = at.world.now();
  const ask = (): void => {
    at.world.after(spec.every, ask);
    if (!kernel.up || !port.up) return;
    const mac = kernel.neighbor(port, spec.to);
    if (mac === undefined) return;
    const answered = roundTrip(spec, port, mac, sequence++, at);
    if (answered) answeredAt = at.world.now();
    else if (between(answeredAt, at.world.now()) > NEIGHBOR_TIMEOUT) kernel.forget(port, spec.to);
  };
  at.world.after(spec.every, ask);
}

function roundTrip(spec: ProbeSpec, port: SimInterface, mac: Mac, sequence: number, at: ProbeSurroundings): boolean {
  const now = at.world.now();
  const asked = minus(now, micros(TRIP_LEAST + TRIP_SPREAD * at.random.next()));
  const { segment } = port.switch;
  at.emit({ kind: 'probe-request', at: asked, source: 'tap', node: port.node, probe: spec.name, sequence });
  at.capture(segment, asked, () => frame(spec, port, mac, sequence, undefined));
  const target = port.switch.portOf(mac);
  if (target === undefined || !answers(target, spec)) return false;
  at.emit({ kind: 'probe-reply', at: now, source: 'tap', node: target.node, probe: spec.name, sequence });
  at.capture(segment, now, () => frame(spec, port, mac, sequence, target.node));
  return true;
}

function answers(target: Port, spec: ProbeSpec): boolean {
  return target.up && target.holds(spec.to) && spec.responders.has(target.node);
}

function frame(spec: ProbeSpec, port: SimInterface, mac: Mac, sequence: number, answeredBy: string | undefined): Uint8Array {
  const own = port.own.find(({ address }) => family(address) === family(spec.to))?.address ?? spec.to;
  const text = `${MAGIC} ${spec.name} ${sequence}${answeredBy === undefined ? '' : ` ${answeredBy}`}`;
  const payload = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const asks = answeredBy === undefined;
  return buildUdpFrame(
    {
      sourceMac: asks ? port.mac : mac,
      destinationMac: asks ? mac : port.mac,
      source: asks ? own : spec.to,
      destination: asks ? spec.to : own,
    },
    asks ? { source: CLIENT_PORT, destination: spec.port } : { source: spec.port, destination: CLIENT_PORT },
    payload,
  );
}

/** The interface whose network the address is on; otherwise the first. */
function portTowards(kernel: Kernel, to: IpAddress): SimInterface | undefined {
  const same = kernel.interfaces.find((one) => one.own.some(({ address }) => family(address) === family(to)));
  return same ?? kernel.interfaces[0];
}


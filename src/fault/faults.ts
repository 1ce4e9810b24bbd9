/** All faults: plain data that the scenario file, the agent's protocol and all backends share. */
import type * as z from 'zod';
import { CLOCK_FAULTS, type ClockFault } from './clock.ts';
import type { FaultDefinition, Request } from './definition.ts';
import { ICMP_FAULTS, type IcmpFault } from './icmp.ts';
import { LINK_FAULTS, type LinkFault } from './link.ts';
import { NODE_FAULTS, type NodeFault } from './node.ts';
import { PORT_FAULTS, type PortFault } from './port.ts';
import { PROCESS_FAULTS, type ProcessFault } from './process.ts';
import { SCRIPT_FAULTS, type ScriptFault } from './script.ts';
import { SERVICE_FAULTS, type ServiceFault } from './service.ts';
import { VRRP_FAULTS, type VrrpFault } from './vrrp.ts';

export type Fault =
  | NodeFault
  | ProcessFault
  | ClockFault
  | LinkFault
  | VrrpFault
  | PortFault
  | IcmpFault
  | ServiceFault
  | ScriptFault;
export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { readonly kind: K }>;

export const FAULTS = {
  ...NODE_FAULTS,
  ...PROCESS_FAULTS,
  ...CLOCK_FAULTS,
  ...LINK_FAULTS,
  ...VRRP_FAULTS,
  ...PORT_FAULTS,
  ...ICMP_FAULTS,
  ...SERVICE_FAULTS,
  ...SCRIPT_FAULTS,
} satisfies Readonly<Record<FaultKind, FaultDefinition<z.ZodObject, Fault>>>;

export const FAULT_KINDS = Object.keys(FAULTS) as [FaultKind, ...FaultKind[]];

/** The fault of a step as in the file. */
export type FaultRequest = {
  readonly [K in FaultKind]: Request<(typeof FAULTS)[K]['with']> & { readonly kind: K };
}[FaultKind];

export function definitionOf(kind: FaultKind): FaultDefinition<z.ZodObject, Fault> {
  return FAULTS[kind];
}

/** One fault to apply, with the name its heal will use. */
export interface FaultOrder {
  readonly id: string;
  readonly fault: Fault;
}

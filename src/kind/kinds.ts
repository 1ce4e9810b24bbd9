/** Every kind a router can be. */
import type { Engine } from '../topology/topology.ts';
import { frr } from './frr.ts';
import { halab } from './halab.ts';
import { keepalived } from './keepalived.ts';
import type { Kind } from './kind.ts';

export const KINDS: Readonly<Record<Engine, Kind>> = { halab, keepalived, frr };

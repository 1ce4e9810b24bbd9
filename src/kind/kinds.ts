/** Every kind a router can be. */
import type { Engine } from '../topology/topology.ts';
import { halab } from './halab.ts';
import type { Kind } from './kind.ts';

export const KINDS: Readonly<Record<Engine, Kind>> = { halab };

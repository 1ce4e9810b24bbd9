/** Messages between the parent and one of its children, over the IPC channel. */
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { LogOptions } from '../log.ts';

export interface ChildOptions {
  readonly log: LogOptions;
  /** Descriptor of `--events` in the child. */
  readonly events: number | undefined;
}

/** The first message: run this. `More`: what only this child needs. */
export type Order<Options extends ChildOptions, More> = {
  readonly config: DaemonConfig;
  readonly options: Options;
} & More;

export type ToChild<Order_, Input, Reload> =
  | ({ readonly kind: 'order' } & Order_)
  /** What the parent has observed: the end of a script, a tracked file. */
  | { readonly kind: 'input'; readonly input: Input }
  | ({ readonly kind: 'reload'; readonly config: DaemonConfig } & Reload)
  | { readonly kind: 'status'; readonly id: number }
  | { readonly kind: 'leave' };

export type FromChild<Effect, Status> =
  /** A line for the file of -g. */
  | { readonly kind: 'log'; readonly line: string }
  /** An effect that the parent carries out. */
  | { readonly kind: 'effect'; readonly effect: Effect }
  | ({ readonly kind: 'status'; readonly id: number } & Status);

/** The faults of each backend: its actions for every kind, or the reason why it has none. The only such table. */
import type { FaultKind } from './faults.ts';

/** In place of the actions for a fault. */
export interface Cannot {
  readonly cannot: string;
}

/** Per kind the actions of a backend, or a reason. */
export type World = Readonly<Record<FaultKind, object>>;

/** `process` of `process.kill`. */
export type FamilyOf<K extends string> = K extends `${infer F}.${string}` ? F : never;

export function familyOf<K extends FaultKind>(kind: K): FamilyOf<K> {
  return kind.slice(0, kind.indexOf('.')) as FamilyOf<K>;
}

/** Why a world cannot have a fault; undefined: it can. */
export type Refusals = (kind: FaultKind) => string | undefined;

export function isCannot(actions: object): actions is Cannot {
  return 'cannot' in actions;
}

export function refusalsOf(world: World): Refusals {
  return (kind) => {
    const actions = world[kind];
    return isCannot(actions) ? actions.cannot : undefined;
  };
}

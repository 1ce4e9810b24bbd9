/** Messages between the program's thread and the main thread. */

export const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type Signal = keyof typeof SIGNALS;

export type FromProgram =
  | { readonly kind: 'write'; readonly to: 'out' | 'err'; readonly text: string }
  /** The reaction to a first signal as text; undefined: a signal ends the program at once. */
  | { readonly kind: 'interruptible'; readonly doing: string | undefined }
  | { readonly kind: 'end'; readonly code: number };

export interface ToProgram {
  readonly signal: Signal;
}

/** Whether each output is a terminal, which a thread cannot find out. */
export interface Terminals {
  readonly out: boolean;
  readonly err: boolean;
}

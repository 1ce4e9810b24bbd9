/** What the program's thread and the main thread say to each other. */

export const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type Signal = keyof typeof SIGNALS;

export type FromProgram =
  | { readonly kind: 'write'; readonly to: 'out' | 'err'; readonly text: string }
  /** What a first signal makes the program do, in words; undefined: a signal ends it at once. */
  | { readonly kind: 'interruptible'; readonly doing: string | undefined }
  | { readonly kind: 'end'; readonly code: number };

export interface ToProgram {
  readonly signal: Signal;
}

/** Which of the two outputs is a terminal: a thread cannot see it. */
export interface Terminals {
  readonly out: boolean;
  readonly err: boolean;
}

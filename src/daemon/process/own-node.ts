/** How Node runs every process that the daemon starts of itself: its options and its environment. */
import { NO_DEBUGGER } from './no-debugger.ts';

/**
 * The size of each half of the heap for new objects is fixed. Node lets a half grow to 16 MB in a process that lives for
 * long, although nearly nothing of what an engine allocates outlives a packet.
 */
const SEMI_SPACE_MB = 2;
const SMALL_HEAP: readonly string[] = [
  `--min-semi-space-size=${SEMI_SPACE_MB}`,
  `--max-semi-space-size=${SEMI_SPACE_MB}`,
];

/** What a user may ask of Node for the daemon as a whole: options of its memory and its compiler. */
const INHERITED = /^--(?:max-old-space-size=\d+|jitless|no-opt|trace-gc|gc-global)$/;

export function ownOptions(given: readonly string[] = process.execArgv): string[] {
  return [...NO_DEBUGGER, ...SMALL_HEAP, ...given.filter((option) => INHERITED.test(option))];
}

/** Node options of whoever started the daemon are not its own. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return rest;
}

/** Options and environment of Node in every process that the daemon starts of itself. */
import { NO_DEBUGGER } from './no-debugger.ts';

/**
 * Fixed size of each half of the heap for new objects. Node lets a half grow to 16 MB in a long-lived process, although
 * nearly nothing that an engine allocates outlives a packet.
 */
const SEMI_SPACE_MB = 2;
const SMALL_HEAP: readonly string[] = [
  `--min-semi-space-size=${SEMI_SPACE_MB}`,
  `--max-semi-space-size=${SEMI_SPACE_MB}`,
];

/** Options of Node that a user may set for the whole daemon: memory and compiler. */
const INHERITED = /^--(?:max-old-space-size=\d+|jitless|no-opt|trace-gc|gc-global)$/;

export function ownOptions(given: readonly string[] = process.execArgv): string[] {
  return [...NO_DEBUGGER, ...SMALL_HEAP, ...given.filter((option) => INHERITED.test(option))];
}

/** Without NODE_OPTIONS, which are meant for the program that started the daemon. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return rest;
}

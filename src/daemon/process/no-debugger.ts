/**
 * No process of the daemon can be debugged. SIGUSR1 is keepalived's signal for a dump, but until a program has a handler
 * for it Node answers it with a debug port on 127.0.0.1:9229, through which any local user runs code as the daemon's.
 */
import { close } from 'node:inspector';

/**
 * For every process that the daemon starts of itself: a debug port is asked for where nothing can be bound. A
 * link-local address without its interface is refused by every kernel, whatever its settings.
 */
export const NO_DEBUGGER: readonly string[] = ['--inspect-port=[fe80::1]:9229'];

/** From here on SIGUSR1 opens nothing; what it has opened before is closed. */
export function refuseDebugger(): void {
  process.on('SIGUSR1', () => {});
  close();
}

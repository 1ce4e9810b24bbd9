/**
 * No process of the daemon can be debugged. SIGUSR1 is keepalived's signal for a dump. Until a program handles it, Node
 * answers it by opening a debug port on 127.0.0.1:9229, through which any local user could run code as the daemon.
 */
import { close } from 'node:inspector';

/**
 * For every process that the daemon starts of itself: an address for the debug port that cannot be bound. Every kernel
 * refuses a link-local address without its interface.
 */
export const NO_DEBUGGER: readonly string[] = ['--inspect-port=[fe80::1]:9229'];

/** From here on SIGUSR1 opens no debug port; one that it has opened is closed. */
export function refuseDebugger(): void {
  process.on('SIGUSR1', () => {});
  close();
}

/** The names of the daemon's processes, as ps and pgrep show them. */
import { writeFileSync } from 'node:fs';

/** `role` stands behind the name in the command line; the kernel's short name (pgrep -x) is `name` alone. */
export function setProcessName(name: string, role?: string): void {
  process.title = role === undefined ? name : `${name} ${role}`;
  try {
    writeFileSync('/proc/self/comm', name.slice(0, 15));
  } catch {
    // Without /proc the title is all there is.
  }
}

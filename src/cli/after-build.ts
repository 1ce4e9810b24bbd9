/** Last step of the build: makes the two programs executable. */
import { chmodSync } from 'node:fs';

for (const program of ['bundle/main.cjs', 'halabd.js']) {
  chmodSync(new URL(`../${program}`, import.meta.url), 0o755);
}

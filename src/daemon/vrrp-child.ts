/** Entry of the vrrp child: waits for the parent's order, runs, leaves in order when told or orphaned. */
import { CONFIG_EXIT } from '../engine/core/supervisor.ts';
import { HalabError, messageOf } from '../errors.ts';
import { openLog } from './log.ts';
import type { ChildOrder } from './parent.ts';
import { VrrpProcess } from './vrrp-process.ts';

process.title = 'halabd_vrrp vrrp-child';

let running: VrrpProcess | undefined;

process.once('message', (order) => {
  const { config, detail, events } = order as ChildOrder;
  const log = openLog('halabd_vrrp', detail);
  try {
    running = new VrrpProcess(config, { events, log });
    running.start();
  } catch (error) {
    log.error(messageOf(error));
    if (error instanceof HalabError) log.error(error.hint);
    process.exit(error instanceof HalabError ? CONFIG_EXIT : 1);
  }
});

function leave(): void {
  running?.stop();
  process.exit(0);
}

process.on('SIGTERM', leave);
// The terminal sends SIGINT to the whole group; the parent decides. SIGHUP likewise.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.on('disconnect', leave);

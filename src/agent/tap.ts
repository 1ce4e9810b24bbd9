/** The tap: sends every frame of the segments' bridges, stamped by the kernel, to the runner. */
import { openCapture } from '../linux/capture.ts';
import { monotonicNow } from '../linux/clock.ts';
import type { RouteSocket } from '../linux/route-socket.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { RequestOf } from './protocol.ts';
import { say, sayAll } from './say.ts';

/** Throws if a bridge is missing. */
export function startCapture(
  routes: RouteSocket,
  segments: RequestOf<'capture'>['segments'],
): void {
  const links = routes.listLinks();
  const captures = segments.map(
    ({ segment, interface: name }): { segment: string; drops: () => number } => {
      const link = links.find((candidate) => candidate.name === name);
      if (link === undefined) throw new Error(`there is no interface ${name}`);
      const drops = openCapture(link.ifindex, (frames) =>
        sayAll(
          frames.map(({ at, frame }) => ({
            kind: 'frame',
            segment,
            at,
            data: frame.toString('base64'),
          })),
        ),
      );
      return { segment, drops };
    },
  );
  startHeartbeat((late) => {
    for (const { segment, drops } of captures) {
      const about = { at: monotonicNow(), source: 'tap', node: undefined } as const;
      const dropped = drops();
      say({ kind: 'event', segment, event: { kind: 'heartbeat', ...about, late, dropped } });
    }
  });
}

/** The tap's work: every frame of the segments' bridges, stamped by the kernel, to the runner. */
import { type Capture, openCapture } from '../linux/capture.ts';
import { monotonicNow } from '../linux/clock.ts';
import type { RouteSocket } from '../linux/route-socket.ts';
import type { AgentRequest } from './protocol.ts';
import { say, sayAll } from './say.ts';

const DROPS_MS = 500;

/** Throws if a bridge is missing. */
export function startCapture(
  routes: RouteSocket,
  segments: Extract<AgentRequest, { kind: 'capture' }>['segments'],
): void {
  const links = routes.listLinks();
  const captures = segments.map(
    ({ segment, interface: name }): { segment: string; capture: Capture } => {
      const link = links.find((one) => one.name === name);
      if (link === undefined) throw new Error(`there is no interface ${name}`);
      const capture = openCapture(link.ifindex, (frames) =>
        sayAll(
          frames.map(({ at, frame }) => ({
            kind: 'frame',
            segment,
            at,
            data: frame.toString('base64'),
          })),
        ),
      );
      return { segment, capture };
    },
  );
  setInterval(() => {
    for (const { segment, capture } of captures) {
      const count = capture.drops();
      if (count > 0)
        say({
          kind: 'event',
          event: {
            kind: 'capture-drops',
            at: monotonicNow(),
            source: 'tap',
            node: undefined,
            segment,
            count,
          },
        });
    }
  }, DROPS_MS);
}

/**
 * An open-loop HTTP client: it sends on a fixed schedule, each request on its own connection, without waiting for
 * earlier ones, and reports how each ended.
 */
import { request } from 'node:http';
import { monotonicNow } from '../linux/clock.ts';
import { type AgentResult, NODE_HEADER, type RequestOf } from './protocol.ts';
import { say } from './say.ts';
import { onSchedule } from './wait.ts';

type HttpProbe = RequestOf<'http-probe'>;

/** Requests in flight; a further one is not sent and counts as failed. */
const MOST_IN_FLIGHT = 1_024;
/** Bytes of a body; a larger one is not read further and counts as failed. */
const MOST_BODY = 65_536;

export interface HttpOutcome {
  readonly ok: boolean;
  readonly status?: number | undefined;
  readonly by?: string | undefined;
  readonly problem?: string | undefined;
}

export function startHttpProbe(node: string, probe: HttpProbe): AgentResult {
  let inFlight = 0;
  onSchedule(probe.everyUs, (sequence) => {
    const asked = monotonicNow();
    const report = ({ ok, status, by, problem }: HttpOutcome): void => {
      const base = { kind: 'http-result', at: monotonicNow(), source: 'agent', node } as const;
      const about = { probe: probe.name, sequence, asked };
      say({ kind: 'event', event: { ...base, ...about, ok, status, by, problem } });
    };
    if (inFlight >= MOST_IN_FLIGHT) {
      report({ ok: false, problem: `${MOST_IN_FLIGHT} requests have no answer yet` });
    } else {
      inFlight++;
      askHttp(probe, (outcome) => {
        inFlight--;
        report(outcome);
      });
    }
  });
  return { ok: true };
}

/** Calls `ended` exactly once. A status of 400 or more is an answer, but no success. */
export function askHttp(
  { address, port, path, timeoutUs }: Pick<HttpProbe, 'address' | 'port' | 'path' | 'timeoutUs'>,
  ended: (outcome: HttpOutcome) => void,
): void {
  let over = false;
  const finish = (outcome: HttpOutcome): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    ended(outcome);
    asking.destroy();
  };
  const asking = request({ host: address, port, path, agent: false }, (response) => {
    const { statusCode: status = 0, headers } = response;
    const by = headers[NODE_HEADER];
    const about = { status, by: typeof by === 'string' ? by : undefined };
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BODY)
        finish({ ok: false, ...about, problem: `more than ${MOST_BODY} bytes` });
    });
    response.once('end', () => finish({ ok: status >= 200 && status < 400, ...about }));
    response.once('error', (error) => finish({ ok: false, ...about, problem: reasonOf(error) }));
  });
  const timer = setTimeout(() => finish({ ok: false, problem: 'timeout' }), timeoutUs / 1_000);
  asking.on('error', (error) => finish({ ok: false, problem: reasonOf(error) }));
  asking.end();
}

function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

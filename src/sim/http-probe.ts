/** An open-loop HTTP probe of a simulated client: it sends requests on a fixed schedule and does not wait for answers. */
import type { IpAddress } from '../net/address.ts';
import type { EventOf } from '../observe/event.ts';
import type { Micros } from '../time.ts';
import { type Answer, ask } from './ask.ts';
import type { Internet } from './journey.ts';
import type { Kernel } from './kernel.ts';

export interface HttpProbeSpec {
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly every: Micros;
  readonly timeout: Micros;
}

/** Statuses of an answer that counts as a success. */
const GOOD = { least: 200, most: 399 };

export function startHttpProbe(spec: HttpProbeSpec, kernel: Kernel, net: Internet): void {
  const { name: probe, address: to, port, every, timeout } = spec;
  let sequences = 0;
  const request = (): void => {
    const { boots } = kernel;
    const sequence = sequences++;
    const asked = net.world.now();
    let over = false;
    const end = (outcome: Outcome): void => {
      if (over) return;
      over = true;
      asking.close();
      const base = { at: net.world.now(), source: 'agent', node: kernel.name } as const;
      net.emit({ ...base, kind: 'http-result', probe, sequence, asked, ...outcome });
    };
    const asking = ask(kernel, { kind: 'http', to, port }, net, (answer) => end(outcomeOf(answer)));
    net.world.after(timeout, () => {
      if (kernel.up && kernel.boots === boots) end({ ...NOTHING, problem: 'timeout' });
    });
  };
  const next = (): void => {
    net.world.after(every, next);
    if (kernel.up) request();
  };
  net.world.after(every, next);
}

type Outcome = Pick<EventOf<'http-result'>, 'ok' | 'status' | 'by' | 'problem'>;

const NOTHING = { ok: false, status: undefined, by: undefined };

function outcomeOf(answer: Answer): Outcome {
  if (answer.kind === 'failed') return { ...NOTHING, problem: answer.code };
  if (answer.kind === 'garbled') return { ...NOTHING, problem: 'HPE_INVALID_CONSTANT' };
  const { status } = answer.conduct;
  const ok = status >= GOOD.least && status <= GOOD.most;
  return { ok, status, by: answer.by, problem: undefined };
}

/** An open-loop HTTP probe of a simulated client: a request every so often, each on its own. */
import type { IpAddress } from '../net/address.ts';
import { type Micros, micros, plus } from '../time.ts';
import { ask, type Internet } from './ask.ts';
import type { Kernel } from './kernel.ts';
import type { World } from './world.ts';

export interface HttpProbeSpec {
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly every: Micros;
  readonly timeout: Micros;
}

/** Statuses of an answer that counts as a success. */
const GOOD = { least: 200, most: 399 };

export function startHttpProbe(
  spec: HttpProbeSpec,
  kernel: Kernel,
  net: Internet,
  world: World,
): void {
  let sequence = 0;
  const request = (): void => {
    world.after(spec.every, request);
    if (!kernel.up) return;
    const number = sequence++;
    const asked = world.now();
    const answer = ask(kernel, { kind: 'tcp', to: spec.address, port: spec.port }, net);
    const late =
      answer.kind === 'silent' ||
      (answer.kind === 'answered' && (answer.manner.hangs || answer.after > spec.timeout));
    const after = late ? spec.timeout : answer.after;
    const answered = !late && answer.kind === 'answered' ? answer : undefined;
    const status = answered?.manner.status;
    const problem = answered !== undefined ? undefined : late ? 'timeout' : 'ECONNREFUSED';
    world.after(micros(after), () =>
      net.emit({
        kind: 'http-result',
        at: plus(asked, micros(after)),
        source: 'agent',
        node: kernel.name,
        probe: spec.name,
        sequence: number,
        asked,
        ok: status !== undefined && status >= GOOD.least && status <= GOOD.most,
        status,
        by: answered?.by,
        problem,
      }),
    );
  };
  world.after(spec.every, request);
}

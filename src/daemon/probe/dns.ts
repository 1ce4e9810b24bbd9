/** Layer 5: DNS_CHECK over UDP. Any answer to our question without an error is good. */
import { randomInt } from 'node:crypto';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { DnsProbe } from '../../engine/core/config-check.ts';
import { openDatagram } from './datagram.ts';
import { type Done, once, type ProbeResult, type RunningProbe } from './running.ts';

const MOST_ID = 65_536;

export function dnsProbe({ target, type, name }: DnsProbe, done: Done): RunningProbe {
  const id = randomInt(MOST_ID);
  const question = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type, name: name === '.' ? name : name.replace(/\.$/, '') }],
  });
  const connection = openDatagram(target, {
    connected: (socket) => socket.send(question),
    message: (bytes) => {
      const result = judge(bytes, id);
      if (result !== undefined) one.finish(result);
    },
    failed: (detail) => one.finish({ ok: false, detail }),
  });
  const one = once(done, () => connection.close());
  return one;
}

/** undefined: not an answer to this question. */
function judge(bytes: Buffer, id: number): ProbeResult | undefined {
  try {
    const answer = decode(bytes);
    if (answer.id !== id || answer.type !== 'response') return undefined;
    const { rcode } = answer as unknown as { rcode: string };
    return { ok: rcode === 'NOERROR', detail: rcode };
  } catch {
    return { ok: false, detail: 'not an answer in DNS' };
  }
}

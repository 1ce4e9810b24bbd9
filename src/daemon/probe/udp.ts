/** Layer 4: UDP_CHECK. A datagram, and either an answer as it is required or no ICMP error. */
import { randomBytes } from 'node:crypto';
import type { UdpProbe } from '../../engine/core/config-check.ts';
import type { Micros } from '../../time.ts';
import { openDatagram } from './datagram.ts';
import { type Done, once, type RunningProbe } from './running.ts';

const RANDOM_BYTES = 16;
/** Without an answer to wait for, silence for most of the timeout is a success. */
const SILENCE = 0.9;

export function udpProbe(config: UdpProbe, timeout: Micros, done: Done): RunningProbe {
  let timer: NodeJS.Timeout | undefined;
  const connection = openDatagram(config.target, {
    connected: (socket) => {
      const { payload } = config;
      socket.send(payload === undefined ? randomBytes(RANDOM_BYTES) : Buffer.from(payload, 'hex'));
      if (config.reply !== undefined) return;
      timer = setTimeout(
        () => probe.finish({ ok: true, detail: 'no ICMP error' }),
        (timeout * SILENCE) / 1_000,
      );
    },
    message: (bytes) => {
      const problem = (config.reply ?? '') === '' ? undefined : mismatch(config, bytes);
      probe.finish({ ok: problem === undefined, detail: problem ?? `${bytes.length} bytes` });
    },
    failed: (detail) => probe.finish({ ok: false, detail }),
  });
  const probe = once(done, () => {
    clearTimeout(timer);
    connection.close();
  });
  return probe;
}

/** `x` stands for any digit; what is longer than the pattern, or shorter, is not compared. */
export function mismatch(
  { reply, minReply, maxReply }: Pick<UdpProbe, 'reply' | 'minReply' | 'maxReply'>,
  bytes: Buffer,
): string | undefined {
  if (bytes.length < minReply || bytes.length > maxReply)
    return `the answer has ${bytes.length} bytes`;
  const answer = bytes.toString('hex');
  const pattern = reply ?? '';
  for (let i = 0; i < Math.min(answer.length, pattern.length); i++)
    if (pattern[i] !== 'x' && pattern[i] !== answer[i]) return 'the answer is another one';
  return undefined;
}

/** Layer 4: UDP_CHECK. Sends a datagram; succeeds with the required answer, or without an ICMP error. */
import { randomBytes } from 'node:crypto';
import type { UdpProbe } from '../../engine/core/config-checker.ts';
import type { Micros } from '../../time.ts';
import { openDatagram } from './datagram.ts';
import type { Report } from './running.ts';

const RANDOM_BYTES = 16;
/** Part of the timeout without an ICMP error that is a success, where no answer is required. */
const SILENCE = 0.9;

export function udpProbe(config: UdpProbe, timeout: Micros, report: Report): () => void {
  let timer: NodeJS.Timeout | undefined;
  const close = openDatagram(config.target, report, {
    connected: (socket) => {
      const { payload } = config;
      socket.send(payload === undefined ? randomBytes(RANDOM_BYTES) : Buffer.from(payload, 'hex'));
      if (config.reply !== undefined) return;
      timer = setTimeout(() => report(undefined, 'no ICMP error'), (timeout * SILENCE) / 1_000);
    },
    message: (bytes) => {
      const problem = (config.reply ?? '') === '' ? undefined : mismatch(config, bytes);
      report(problem, `${bytes.length} bytes`);
    },
  });
  return () => {
    clearTimeout(timer);
    close();
  };
}

/** `x` stands for any digit; only the length that pattern and answer share is compared. */
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

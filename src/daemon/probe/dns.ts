/** Layer 5: DNS_CHECK over UDP. Any answer to our question without an error is good. */
import { randomInt } from 'node:crypto';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { DnsProbe } from '../../engine/core/config-checker.ts';
import { openDatagram } from './datagram.ts';
import type { Report } from './running.ts';

const MOST_ID = 65_536;
/** RFC 1035 2.3.4. */
const MOST_NAME = 253;
const MOST_LABEL = 63;
const GOOD = 'NOERROR';

export function dnsProbe({ target, type, name }: DnsProbe, report: Report): () => void {
  const id = randomInt(MOST_ID);
  return openDatagram(target, report, {
    connected: (socket) => {
      const question = questionOf(id, type, name);
      if (question !== undefined) socket.send(question);
      else report('the name is too long for DNS');
    },
    message: (bytes) => {
      const rcode = rcodeOf(bytes, id);
      if (rcode !== undefined) report(rcode === GOOD ? undefined : rcode, rcode);
    },
  });
}

/** undefined: there is no such name. */
function questionOf(id: number, type: DnsProbe['type'], name: string): Buffer | undefined {
  const labels = name.replace(/\.$/, '');
  if (labels.length > MOST_NAME || labels.split('.').some(({ length }) => length > MOST_LABEL))
    return undefined;
  const questions = [{ type, name: labels === '' ? '.' : labels }];
  return encode({ type: 'query', id, flags: RECURSION_DESIRED, questions });
}

/** undefined: not an answer to this question. */
function rcodeOf(bytes: Buffer, id: number): string | undefined {
  try {
    const answer = decode(bytes);
    if (answer.id !== id || answer.type !== 'response') return undefined;
    return (answer as unknown as { rcode: string }).rcode;
  } catch {
    return 'not an answer in DNS';
  }
}

/** Layer 5: SMTP_CHECK. Greeting, HELO, QUIT (RFC 5321). */
import type { Socket } from 'node:net';
import type { SmtpProbe } from '../../engine/core/config-checker.ts';
import { type Report, reasonOf } from './running.ts';
import { open } from './tcp.ts';

/** RFC 5321 4.5.3.1.5 allows lines of 512 bytes; an answer has a few. */
const MOST_BYTES = 8_192;

export function smtpProbe({ target, helo }: SmtpProbe, report: Report): () => void {
  return open(target, (socket) => converse(socket, helo, report), report);
}

function converse(socket: Socket, helo: string, report: Report): void {
  /** The code that is expected, and the line that follows it. */
  const steps = [
    { code: '220', say: `HELO ${helo.replaceAll(/[^\x21-\x7e]/g, '')}\r\n` },
    { code: '250', say: 'QUIT\r\n' },
  ];
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (text.length > MOST_BYTES) {
      report('not an answer in SMTP');
      return;
    }
    // Only the last line of an answer has a blank behind its code.
    const last = /(?:^|\r?\n)(\d{3})(?: [^\r\n]*)?\r?\n$/.exec(text);
    if (last === null) return;
    text = '';
    const step = steps.shift();
    if (step === undefined) return;
    if (last[1] !== step.code) {
      report(`the server said ${last[1]} instead of ${step.code}`);
      return;
    }
    socket.write(step.say);
    if (steps.length === 0) report(undefined, 'greeted');
  });
  socket.once('error', (error) => report(reasonOf(error)));
  socket.once('end', () => report('the server closed the connection'));
}

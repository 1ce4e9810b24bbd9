/** Layer 5: SMTP_CHECK. Greeting, HELO, QUIT (RFC 5321). */
import type { Socket } from 'node:net';
import type { SmtpProbe } from '../../engine/core/config-checker.ts';
import { type Done, once, type RunningProbe, reasonOf } from './running.ts';
import { open } from './tcp.ts';

/** RFC 5321 4.5.3.1.5 allows lines of 512 bytes; an answer has a few. */
const MOST_BYTES = 8_192;

export function smtpProbe({ target, helo }: SmtpProbe, done: Done): RunningProbe {
  const answered = (problem: string | undefined): void =>
    probe.finish({ ok: problem === undefined, detail: problem ?? 'greeted' });
  const connection = open(target, (socket) => converse(socket, helo, answered), answered);
  const probe = once(done, () => connection.close());
  return probe;
}

function converse(
  socket: Socket,
  helo: string,
  answered: (problem: string | undefined) => void,
): void {
  /** The code that is expected, and the line that follows it. */
  const steps = [
    { code: '220', say: `HELO ${helo.replaceAll(/[^\x21-\x7e]/g, '')}\r\n` },
    { code: '250', say: 'QUIT\r\n' },
  ];
  let text = '';
  let over = false;
  const finish = (problem?: string): void => {
    if (over) return;
    over = true;
    answered(problem);
  };
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (text.length > MOST_BYTES) finish('not an answer in SMTP');
    // Only the last line of an answer has a blank behind its code.
    const last = /(?:^|\r?\n)(\d{3})(?: [^\r\n]*)?\r?\n$/.exec(text);
    if (last === null || over) return;
    text = '';
    const step = steps.shift();
    if (step === undefined) return;
    if (last[1] !== step.code) {
      finish(`the server said ${last[1]} instead of ${step.code}`);
      return;
    }
    socket.write(step.say);
    if (steps.length === 0) finish();
  });
  socket.once('error', (error) => finish(reasonOf(error)));
  socket.once('end', () => finish('the server closed the connection'));
}

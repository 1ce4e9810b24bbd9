/** The agent's voice: one JSON object a line on standard output, written at once. */
import { writeSync } from 'node:fs';
import type { AgentMessage } from './protocol.ts';

export function say(message: AgentMessage): void {
  sayAll([message]);
}

/** Several lines in one write. */
export function sayAll(messages: readonly AgentMessage[]): void {
  let rest = Buffer.from(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // A full pipe refuses for a moment; a broken one means that the runner is gone.
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN')
        process.exit(0);
    }
  }
}

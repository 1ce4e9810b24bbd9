/**
 * The agent's messages: one JSON object a line on standard output, written at once. Evidence is numbered, so that the
 * runner notices a lost line.
 */
import { writeSync } from 'node:fs';
import type { AgentMessage } from './protocol.ts';

/** A message before it has its number. */
export type OutgoingMessage = AgentMessage extends infer M
  ? M extends AgentMessage
    ? Omit<M, 'number'>
    : never
  : never;

/** The next number, by segment; '' is the node itself. */
const next = new Map<string, number>();

export function say(message: OutgoingMessage): void {
  sayAll([message]);
}

/** Several lines in one write. */
export function sayAll(messages: readonly OutgoingMessage[]): void {
  let rest = Buffer.from(
    messages.map((message) => `${JSON.stringify(numbered(message))}\n`).join(''),
  );
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

function numbered(message: OutgoingMessage): OutgoingMessage & { readonly number?: number } {
  if (message.kind !== 'event' && message.kind !== 'frame') return message;
  const stream = message.segment ?? '';
  const number = next.get(stream) ?? 0;
  next.set(stream, number + 1);
  return { ...message, number };
}

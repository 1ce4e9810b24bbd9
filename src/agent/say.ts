/**
 * The agent's messages: one JSON object a line on standard output, written at once. Evidence is numbered, so that the
 * runner notices a lost line.
 */
import { writeWhole } from '../linux/descriptors.ts';
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
  const lines = messages.map((message) => `${JSON.stringify(numbered(message))}\n`).join('');
  // A broken pipe means that the runner is gone.
  if (!writeWhole(1, lines, Number.POSITIVE_INFINITY)) process.exit(0);
}

function numbered(message: OutgoingMessage): OutgoingMessage & { readonly number?: number } {
  if (message.kind !== 'event' && message.kind !== 'frame') return message;
  const stream = message.segment ?? '';
  const number = next.get(stream) ?? 0;
  next.set(stream, number + 1);
  return { ...message, number };
}

/**
 * The runner's end of an agent, over any duplex stream: sends commands, matches replies to them, and hands on events and
 * frames. When the stream ends, unanswered commands fail.
 */
import type { AgentMessage, AgentRequest, AgentResult } from '../../agent/protocol.ts';

export type Evidence = Extract<AgentMessage, { kind: 'event' | 'frame' }>;

export interface AgentReply {
  /** When the command took effect, on the agent's clock. */
  readonly at: number;
  readonly result: AgentResult;
}

export interface AgentLinkOptions {
  readonly name: string;
  readonly write: (line: string) => void;
  readonly onMessage: (message: Evidence) => void;
}

/** How long an agent may take to answer. Commands that carry a time have no limit. */
const ANSWER_MS = 15_000;

export type AgentLink = ReturnType<typeof agentLink>;

export function agentLink({ name, write, onMessage }: AgentLinkOptions) {
  const waiting = new Map<number, (reply: AgentReply) => void>();
  let greet = (): void => {};
  let refuse: (error: Error) => void = () => {};
  const hello = new Promise<void>((resolve, reject) => {
    greet = resolve;
    refuse = reject;
  });
  hello.catch(() => {}); // its awaiter handles the rejection
  let rest = '';
  let next = 1;
  let over = false;
  const answer = (id: number, { at, result }: AgentReply): void => {
    waiting.get(id)?.({ at, result });
    waiting.delete(id);
  };
  /** Never rejects: an agent that has ended or hangs gives a failed result. */
  const request = (command: AgentRequest): Promise<AgentReply> => {
    if (over) return Promise.resolve(failed('the agent is gone'));
    const id = next++;
    write(`${JSON.stringify({ id, ...command })}\n`);
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      if (command.kind === 'inject' || command.kind === 'cable') return;
      const error = `the agent did not answer within ${ANSWER_MS / 1_000} s`;
      setTimeout(() => answer(id, failed(error)), ANSWER_MS).unref();
    });
  };
  return {
    /** Resolves at the agent's first line; rejects if it ends before. */
    hello,
    request,
    /** As `request`, but throws if the command fails. */
    demand: async (command: AgentRequest): Promise<Extract<AgentResult, { ok: true }>> => {
      const { result } = await request(command);
      if (result.ok) return result;
      throw new Error(`${name}: ${command.kind}: ${result.error}`);
    },
    /** Bytes of the agent's standard output, cut anywhere. */
    receive: (text: string): void => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const message of lines.map(parse))
        if (message?.kind === 'hello') greet();
        else if (message?.kind === 'reply') answer(message.id, message);
        else if (message !== undefined) onMessage(message);
    },
    end: (): void => {
      if (over) return;
      over = true;
      refuse(new Error(`${name}: the agent ended before it said anything`));
      for (const id of waiting.keys()) answer(id, failed('the agent is gone'));
    },
    ended: () => over,
  };
}

function failed(error: string): AgentReply {
  return { at: 0, result: { ok: false, error } };
}

function parse(line: string): AgentMessage | undefined {
  try {
    return JSON.parse(line) as AgentMessage;
  } catch {
    return undefined;
  }
}

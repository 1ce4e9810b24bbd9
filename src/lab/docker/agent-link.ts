/**
 * The runner's end of an agent, over any duplex stream: sends commands, matches replies to them, and hands on events and
 * frames. When the stream ends, unanswered commands fail.
 */
import type { AgentMessage, AgentRequest, AgentResult } from '../../agent/protocol.ts';

export interface AgentReply {
  /** When the command took effect, on the agent's clock. */
  readonly at: number;
  readonly result: AgentResult;
}

export interface AgentLinkOptions {
  readonly name: string;
  readonly write: (line: string) => void;
  readonly onMessage: (message: Extract<AgentMessage, { kind: 'event' | 'frame' }>) => void;
}

type Waiting = (reply: AgentReply) => void;

/** How long an agent may take to answer. Commands that carry a time have no limit. */
const ANSWER_MS = 15_000;

export class AgentLink {
  /** Resolves with the agent's first line; rejects if it ends before. */
  readonly hello: Promise<Extract<AgentMessage, { kind: 'hello' }>>;
  private readonly options: AgentLinkOptions;
  private readonly waiting = new Map<number, Waiting>();
  private greet: (hello: Extract<AgentMessage, { kind: 'hello' }>) => void = () => {};
  private refuse: (error: Error) => void = () => {};
  private rest = '';
  private next = 1;
  private over = false;

  constructor(options: AgentLinkOptions) {
    this.options = options;
    this.hello = new Promise((resolve, reject) => {
      this.greet = resolve;
      this.refuse = reject;
    });
    this.hello.catch(() => {}); // whoever awaits it handles the rejection
  }

  /** Never rejects: an agent that has ended or hangs gives a failed result. */
  request(request: AgentRequest): Promise<AgentReply> {
    if (this.over) return Promise.resolve(this.gone());
    const id = this.next++;
    this.options.write(`${JSON.stringify({ id, ...request })}\n`);
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      if (request.kind === 'inject' || request.kind === 'cable') return;
      setTimeout(() => this.answer(id, NO_ANSWER), ANSWER_MS).unref();
    });
  }

  /** As `request`, but throws if the command fails. */
  async demand(request: AgentRequest): Promise<Extract<AgentResult, { ok: true }>> {
    const { result } = await this.request(request);
    if (result.ok) return result;
    throw new Error(`${this.options.name}: ${request.kind}: ${result.error}`);
  }

  /** Bytes of the agent's standard output, cut anywhere. */
  receive(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parse(line);
      if (message !== undefined) this.take(message);
    }
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.refuse(new Error(`${this.options.name}: the agent ended before it said anything`));
    for (const answer of this.waiting.values()) answer(this.gone());
    this.waiting.clear();
  }

  ended(): boolean {
    return this.over;
  }

  private take(message: AgentMessage): void {
    switch (message.kind) {
      case 'hello':
        this.greet(message);
        return;
      case 'reply':
        this.answer(message.id, { at: message.at, result: message.result });
        return;
      default:
        this.options.onMessage(message);
    }
  }

  private answer(id: number, reply: AgentReply): void {
    const answer = this.waiting.get(id);
    this.waiting.delete(id);
    answer?.(reply);
  }

  private gone(): AgentReply {
    return { at: 0, result: { ok: false, error: 'the agent is gone' } };
  }
}

const NO_ANSWER: AgentReply = {
  at: 0,
  result: { ok: false, error: `the agent did not answer within ${ANSWER_MS / 1_000} s` },
};

function parse(line: string): AgentMessage | undefined {
  try {
    return JSON.parse(line) as AgentMessage;
  } catch {
    return undefined;
  }
}

/** A service of the agent: its content, its conduct, its start and stop. */
import type { Conduct } from '../../fault/conduct.ts';
import type { Service } from '../../topology/service.ts';

export interface ServiceSpec {
  readonly service: Service;
  readonly node: string;
  /** Called for every connection or question: calls `answer` when the faults in force let it. Whether it will. */
  readonly asked: (answer: (conduct: Conduct) => void) => boolean;
}

export interface OpenService {
  /** Resolves once it listens: undefined, or why it cannot. */
  start(): Promise<string | undefined>;
  /** Closes the port and every connection at once. */
  stop(): void;
  /** Loads the certificate of `conduct` for new connections. */
  changed(conduct: Conduct): void;
}

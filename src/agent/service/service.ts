/** What the agent knows of a service: what it serves, how it is to behave, how it is started and stopped. */
import type { Conduct } from '../../fault/conduct.ts';
import type { Service } from '../../topology/service.ts';

export interface ServiceSpec {
  readonly service: Service;
  readonly node: string;
  /** How to behave now. */
  readonly conduct: () => Conduct;
  /** Called for every connection or question. */
  readonly onAsked: () => void;
}

export interface OpenService {
  /** Resolves once it listens: undefined, or why it cannot. */
  start(): Promise<string | undefined>;
  /** Closes the port and every connection at once. */
  stop(): void;
  /** Takes the certificate that `conduct` asks for; connections from now on get it. */
  changed(conduct: Conduct): void;
}

/** The results of the HTTP requests of one probe at its client. */
import type { EventOf } from './event.ts';
import type { Window } from './ownership.ts';

export class HttpLog {
  private readonly results: EventOf<'http-result'>[] = [];

  add(result: EventOf<'http-result'>): void {
    this.results.push(result);
  }

  /** The requests sent within the window that have ended. */
  within({ from, to }: Window): EventOf<'http-result'>[] {
    return this.results.filter(({ asked }) => asked >= from && asked <= to);
  }

  all(): readonly EventOf<'http-result'>[] {
    return this.results;
  }
}

/** What became of the HTTP requests of one probe, as its client saw it. */
import type { EventOf } from './event.ts';
import type { Window } from './ownership.ts';

export class HttpLog {
  private readonly results: EventOf<'http-result'>[] = [];

  add(result: EventOf<'http-result'>): void {
    this.results.push(result);
  }

  /** Of the requests asked within the window, those that have ended. */
  within({ from, to }: Window): EventOf<'http-result'>[] {
    return this.results.filter(({ asked }) => asked >= from && asked <= to);
  }

  all(): readonly EventOf<'http-result'>[] {
    return this.results;
  }
}

/** A running probe, its result, and the wording of what went wrong. */

export interface ProbeResult {
  readonly ok: boolean;
  /** For people: `connection refused`, `status 500`. */
  readonly detail: string;
}

export type Done = (result: ProbeResult) => void;
/** Ends a probe: no result follows. */
export type Abort = () => void;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'the bindto address is not on this host',
  EADDRINUSE: 'the source port is in use',
};

/** The wording for an error of a socket. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return (code === undefined ? undefined : REASONS[code]) ?? code ?? message ?? String(error);
}

/** Takes why a probe failed, or undefined and the detail of its success. */
export type Report = (problem: string | undefined, detail?: string) => void;

/** `start` reports later and answers what closes the probe. The first report is the result, unless it is aborted before. */
export function run(start: (report: Report) => () => void, done: Done): Abort {
  let over = false;
  const close = start((problem, detail = '') => {
    if (over) return;
    over = true;
    close();
    done({ ok: problem === undefined, detail: problem ?? detail });
  });
  return () => {
    over = true;
    close();
  };
}

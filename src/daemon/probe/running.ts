/** A running probe, its result, and the wording of what went wrong. */

export interface ProbeResult {
  readonly ok: boolean;
  /** For people: `connection refused`, `status 500`. */
  readonly detail: string;
}

export type Done = (result: ProbeResult) => void;

export interface RunningProbe {
  /** No result follows. */
  abort(): void;
}

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

/** Lets `done` be called once, and never after `abort`. */
export function once(done: Done, close: () => void): { finish: Done; abort(): void } {
  let over = false;
  return {
    finish: (result) => {
      if (over) return;
      over = true;
      close();
      done(result);
    },
    abort: () => {
      over = true;
      close();
    },
  };
}

/** halabd's words for people, on standard error. */
export interface Log {
  info(text: string): void;
  /** Only with -D. */
  detail(text: string): void;
  error(text: string): void;
}

export function openLog(process_: string, detail: boolean): Log {
  const write = (text: string): void => void process.stderr.write(`${process_}: ${text}\n`);
  return {
    info: write,
    error: (text) => write(`error: ${text}`),
    detail: detail ? write : () => {},
  };
}

/** Messages and exit codes of errors. */
import { EXIT, HalabError, messageOf, SourceError } from '../errors.ts';
import { err } from './process/console.ts';

export function report(error: unknown): void {
  if (error instanceof SourceError) err.raw(`${error.message}\n`);
  else if (error instanceof HalabError)
    err.block(`halab: ${error.message}${error.hint === '' ? '' : `\n${error.hint}`}`);
  else if (isRefusal(error)) err.block(`halab: ${error.message}`);
  else {
    const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    err.block(`halab: a bug of ours: ${text}`);
  }
}

export function exitCodeFor(error: unknown): number {
  if (error instanceof HalabError) return error.exitCode;
  return isRefusal(error) ? EXIT.environment : EXIT.bug;
}

/** Errors of the operating system: a full disk, a missing permission, too many open files. */
function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

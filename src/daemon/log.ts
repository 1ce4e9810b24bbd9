/** halabd's log: the system log, standard error and a file, as keepalived's options choose. */
import { closeSync, writeFileSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import { openSyslog, SEVERITY } from '../linux/syslog.ts';
import { openToAppend } from './plain-file.ts';

export interface Log {
  info(text: string): void;
  /** Only with -D. */
  detail(text: string): void;
  error(text: string): void;
}

export interface LogOptions {
  /** -D */
  readonly detail: boolean;
  /** -l; without it standard error is used only where there is no system log. */
  readonly console: boolean;
  /** -S: the facility, 3 (daemon) or 16..23 (local0..local7). undefined: no system log (-G). */
  readonly facility: number | undefined;
  /** -g */
  readonly file: string | undefined;
  /** --log-json: one JSON object a line on standard error. */
  readonly json: boolean;
  /** Suffix of the process name: namespace and instance, as in keepalived. */
  readonly tag: string;
}

type Level = keyof typeof SEVERITY;

/** `toFile`: writes a line to the file of -g [this process does]. */
export function openLog(
  program: string,
  options: LogOptions,
  toFile: (line: string) => void = (line) => appendTo(options.file, line),
): Log {
  const process_ = `${program}${options.tag}`;
  const { detail, facility, file, json } = options;
  const syslog = facility === undefined ? undefined : openSyslog(facility, process_);
  const console_ = options.console || json || (syslog === undefined && file === undefined);
  const write = (level: Level, text: string): void => {
    const now = new Date().toISOString();
    const line = `${now} ${process_}: ${level === 'error' ? 'error: ' : ''}${text}\n`;
    if (console_) process.stderr.write(json ? jsonLine(process_, level, text) : line);
    syslog?.write(SEVERITY[level], text);
    if (file !== undefined) toFile(line);
  };
  return {
    info: (text) => write('info', text),
    error: (text) => write('error', text),
    detail: detail ? (text) => write('debug', text) : () => {},
  };
}

/** Runs `work`; an exception is logged and ends nothing. */
export function tried(log: Log | undefined, what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    log?.error(`${what}: ${messageOf(error)}`);
  }
}

function jsonLine(process_: string, level: Level, text: string): string {
  return `${JSON.stringify({ time: new Date().toISOString(), process: process_, pid: process.pid, level, text })}\n`;
}

/** Appends a line, a child's too. A full disk must not end the daemon. */
export function appendTo(file: string | undefined, text: string): void {
  if (file === undefined) return;
  try {
    const fd = openToAppend(file);
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
  } catch {
    process.stderr.write(text);
  }
}

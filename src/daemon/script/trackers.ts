/** Tracked files and processes: the parent watches them and reports changes to the children. */
import {
  closeSync,
  constants,
  existsSync,
  type FSWatcher,
  readdirSync,
  readFileSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { TrackFileConfig, TrackProcessConfig } from '../../engine/core/config-track.ts';
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../log.ts';
import { openPlain, readPlain } from '../plain-file.ts';

/** Period of polling /proc, and folders that cannot be watched. */
const LOOK_MS = 500;
const { O_WRONLY, O_CREAT, O_TRUNC } = constants;

export class Trackers {
  private readonly emit: (input: VrrpInput) => void;
  private readonly log: Log;
  private config: DaemonConfig | undefined;
  private watchers: FSWatcher[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** The last reported value, by kind and name. */
  private readonly last = new Map<string, number | undefined>();

  constructor(emit: (input: VrrpInput) => void, log: Log) {
    this.emit = emit;
    this.log = log;
  }

  configure(config: DaemonConfig): void {
    this.close();
    this.config = config;
    for (const file of config.files) this.initialise(file);
    const folders = new Set(config.files.map(({ path }) => dirname(path)));
    for (const folder of folders) this.watch(folder);
    if (config.files.length + config.processes.length === 0) return;
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** Reports every value: a new child knows none. */
  reportAll(): void {
    this.last.clear();
    this.look();
  }

  close(): void {
    clearInterval(this.timer);
    for (const watcher of this.watchers) watcher.close();
    this.watchers = [];
  }

  private look(): void {
    for (const file of this.config?.files ?? []) {
      const value = numberIn(file.path);
      this.changed(`file ${file.name}`, value, { kind: 'file', name: file.name, value });
    }
    const processes = this.config?.processes ?? [];
    if (processes.length === 0) return;
    const running = commandLines();
    for (const tracked of processes) {
      const count = running.filter((argv) => matches(tracked, argv)).length;
      const input = { kind: 'process-count', name: tracked.name, count } as const;
      this.changed(`process ${tracked.name}`, count, input);
    }
  }

  private changed(key: string, value: number | undefined, input: VrrpInput): void {
    if (this.last.has(key) && this.last.get(key) === value) return;
    this.last.set(key, value);
    this.emit(input);
  }

  private watch(folder: string): void {
    try {
      const watcher = watch(folder, (_event, name) => {
        if (this.config?.files.some(({ path }) => basename(path) === name) === true) this.look();
      });
      watcher.on('error', () => watcher.close());
      this.watchers.push(watcher);
    } catch {
      // The timer polls it.
    }
  }

  private initialise({ path, initial }: TrackFileConfig): void {
    if (initial === undefined || (existsSync(path) && !initial.overwrite)) return;
    try {
      const fd = openPlain(path, O_WRONLY | O_CREAT | O_TRUNC);
      try {
        writeFileSync(fd, `${initial.value}\n`);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      this.log.error(`track_file ${path}: ${messageOf(error)}`);
    }
  }
}

/** Undefined: no file, or no number in it. */
function numberIn(path: string): number | undefined {
  try {
    const [, digits] = /^\s*(-?\d+)/.exec(readPlain(path)) ?? [];
    return digits === undefined ? undefined : Number(digits);
  } catch {
    return undefined;
  }
}

function commandLines(): string[][] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const argv = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1);
      return argv.length === 0 ? [] : [argv];
    } catch {
      return []; // the process has ended
    }
  });
}

function matches(
  { argv, match, fullCommand }: TrackProcessConfig,
  running: readonly string[],
): boolean {
  const [wanted = '', ...parameters] = argv;
  const [program = '', ...given] = running;
  const same =
    fullCommand || wanted.includes('/') ? program === wanted : basename(program) === wanted;
  if (!same || (match === undefined && !fullCommand)) return same;
  if (match === 'partial') return parameters.every((parameter) => given.includes(parameter));
  const isWhole = match === 'initial' || parameters.length === given.length;
  return isWhole && parameters.every((parameter, i) => given[i] === parameter);
}

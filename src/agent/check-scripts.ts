/**
 * The lab's check scripts. A script reads its behaviour from a folder: a file of its name with `fail`, `hang` or
 * `slow SECONDS`. A run that obeyed leaves NAME.met there.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptFault } from '../fault/script.ts';

export class CheckScripts {
  private folder = '';
  private names: readonly string[] = [];

  /** They succeed from now on. */
  start(folder: string, names: readonly string[]): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.names = names;
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** At once for every run that begins afterwards. */
  apply(fault: ScriptFault): void {
    rmSync(this.metPath(fault.script), { force: true });
    const path = join(this.folder, fault.script);
    writeFileSync(`${path}.new`, `${modeOf(fault)}\n`);
    renameSync(`${path}.new`, path);
  }

  /** Whether a run has obeyed since then. */
  met(name: string): boolean {
    return existsSync(this.metPath(name));
  }

  lift(name: string): void {
    rmSync(join(this.folder, name), { force: true });
  }

  private metPath(name: string): string {
    return join(this.folder, `${name}.met`);
  }
}

function modeOf(fault: ScriptFault): string {
  if (fault.kind === 'check-script.slow') return `slow ${fault.delay / 1_000_000}`;
  return fault.kind === 'check-script.fail' ? 'fail' : 'hang';
}

/**
 * The folder a failed or kept run leaves: what was rendered, what was logged, every event as a JSON
 * line, one packet capture per segment, and the result.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePlan } from '../lab/lab.ts';
import type { LabEvent } from '../observe/event.ts';
import { type CapturedFrame, pcapFile } from './pcap.ts';

export interface Evidence {
  readonly nodes: readonly NodePlan[];
  readonly events: readonly LabEvent[];
  /** Per segment. */
  readonly frames: ReadonlyMap<string, readonly CapturedFrame[]>;
  /** Wall-clock microseconds of the lab clock's zero; 0 for virtual time. */
  readonly epoch: number;
}

/** Writes everything below `folder`, replacing what a run of the same name left there. */
export function writeEvidence(folder: string, evidence: Evidence): void {
  rmSync(folder, { recursive: true, force: true });
  for (const node of evidence.nodes) {
    const at = join(folder, 'nodes', node.name);
    mkdirSync(at, { recursive: true });
    for (const file of node.files)
      writeFileSync(join(at, file.path.split('/').at(-1) ?? 'file'), file.text);
    const log = evidence.events.filter((event) => event.kind === 'log' && event.node === node.name);
    writeFileSync(
      join(at, 'log.txt'),
      log.map((event) => `${stamp(event)} ${event.kind === 'log' ? event.text : ''}\n`).join(''),
    );
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'events.jsonl'),
    evidence.events.map((event) => `${JSON.stringify(event)}\n`).join(''),
  );
  for (const [segment, frames] of evidence.frames) {
    writeFileSync(join(folder, `${segment}.pcap`), pcapFile(frames, evidence.epoch));
  }
}

function stamp(event: LabEvent): string {
  return (event.at / 1_000_000).toFixed(6);
}

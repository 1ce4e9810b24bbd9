/** A late runner heals late: the longer fault excuses only violations that it explains. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LabClock } from '../../src/lab/lab.ts';
import { SimLab } from '../../src/lab/sim/sim-lab.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { milliseconds, plus } from '../../src/time.ts';
import { cellOf, runCell } from '../support/run-cell.ts';
import { PAIR_YAML } from '../support/topology.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-late-heal-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Delays every wait for a duration, but not waits for a condition. */
function sleepy(ms: number): SimLab {
  const lab = new SimLab();
  const { now, runUntil } = lab.clock;
  const clock: LabClock = {
    now,
    runUntil: async (deadline, done) => {
      const isLong = deadline - now() > milliseconds(500);
      const isDone = await runUntil(deadline, done);
      if (!isDone && isLong && ms > 0) await runUntil(plus(now(), milliseconds(ms)));
      return isDone;
    },
  };
  return Object.assign(lab, { clock });
}

const CUT =
  '{ name: Cut, id: cut, fault: vrrp.block, target: owner(web), with: { direction: both }';

// After 350 ms the Backup takes over; 600 ms after the cut it hears an advert within 100 ms.
it.each([
  ['in time', 0, '400ms', 'passed'],
  ['late, which explains the length', 300, '400ms', 'inconclusive'],
  ['late, which does not explain it', 30, '100ms', 'failed'],
  ['a little late', 15, '100ms', 'failed'],
])('a fault healed %s', async (_, late, max, status) => {
  for (const steps of [
    `${CUT} }\n  - { name: Wait, wait: 600ms }\n  - { name: Heal, heal: cut }`,
    `${CUT}, for: 600ms }`,
  ]) {
    const events: LabEvent[] = [];
    const rest = `
steps:
  - { name: Settle, expect: [ { owner: { of: web, is: gw1, within: 3s } } ] }
  - ${steps}
  - { name: After, wait: 1s }
expect: [ { dual-master: { max: ${max} } } ]`;
    const result = await runCell(cellOf(folder, PAIR_YAML, rest), {
      folder,
      makeLab: () => sleepy(late),
      listener: { onRepeat: (_s, _r, { timeline }) => events.push(...timeline.of('late-heal')) },
    });
    expect([result.status, steps], result.verdicts[0]?.because).toEqual([status, steps]);
    if (status === 'inconclusive')
      expect(result.reason).toMatch(
        /but this machine was too busy: .*gw1.* ran up to 300 ms late$/,
      );
    const delays = events.map((event) => (event.kind === 'late-heal' ? event.late : 0));
    expect(delays).toEqual(late === 0 ? [] : [milliseconds(late)]);
  }
});

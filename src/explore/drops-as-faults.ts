/** Replaces lost packets, given by number, by faults at the times they are sent, so that a scenario can express them. */
import type { ElectionListener } from '../observe/election.ts';
import { type Case, type Drop, faultsAt } from '../sim/election/case.ts';
import { runElection } from '../sim/election/election.ts';
import { type Micros, micros } from '../time.ts';
import { lost } from './draft-faults.ts';
import { NO_LISTENER } from './no-listener.ts';

/** The same case without `drops`. */
export function droppedByFaults(whole: Case): Case {
  const sent = sendTimes(whole);
  const losing = runsOf(whole.network.drops).flatMap((drops) => {
    const [first] = drops;
    const last = drops.at(-1);
    if (first === undefined || last === undefined) return [];
    const from = sent(first);
    const to = sent(last);
    if (from === undefined || to === undefined) return [];
    const faults = [lost(first.from, first.to, drops.length)];
    return [{ at: from, for: micros(to - from + 1), faults }];
  });
  const { applied } = runElection(whole, NO_LISTENER);
  const others = applied.map(({ index, from: at, faults }) => {
    return { at, for: whole.faults[index]?.for ?? micros(0), faults };
  });
  const faults = faultsAt([...others, ...losing].sort((a, b) => a.at - b.at));
  return { ...whole, faults, network: { ...whole.network, drops: [] } };
}

/** Neighbours on one path, by number. */
function runsOf(drops: readonly Drop[]): Drop[][] {
  const sorted = [...drops].sort((a, b) => a.from - b.from || a.to - b.to || a.nth - b.nth);
  const runs: Drop[][] = [];
  for (const drop of sorted) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const next = last?.from === drop.from && last.to === drop.to && last.nth + 1 === drop.nth;
    if (run !== undefined && next) run.push(drop);
    else runs.push([drop]);
  }
  return runs;
}

function sendTimes(whole: Case): (drop: Drop) => Micros | undefined {
  const times = new Map<string, Micros[]>();
  const listener: ElectionListener = {
    ...NO_LISTENER,
    sent: (at, virtual, router) => {
      const key = `${router}/${virtual}`;
      const list = times.get(key) ?? [];
      list.push(micros(at));
      times.set(key, list);
    },
  };
  runElection(whole, listener, { jump: false });
  return ({ from, virtual, nth }) => times.get(`${from}/${virtual}`)?.[nth];
}

/** A trace as text. */
import { formatMicros, micros } from '../../time.ts';
import type { Cluster } from './cluster.ts';
import type { RouterStep, Trace } from './trace.ts';
import type { Deed } from './ways.ts';

const LETTERS = { INIT: '.', BACKUP: 'B', MASTER: 'M', FAULT: 'F' };

/** One line for each tick with an event: time, states afterwards, events. */
export function linesOf({ spec }: Cluster, { steps, loopsTo }: Trace): string[] {
  const lines = steps.flatMap((step) => {
    const events = step.routers.flatMap(eventsOf);
    const loop = step.tick === loopsTo ? ['      -- from here round and round --'] : [];
    if (events.length === 0) return loop;
    const at = formatMicros(micros(step.tick * spec.tick)).padStart(8);
    const states = step.routers.map(({ to }) => LETTERS[to]).join('');
    return [...loop, `${at}  ${states}  ${events.join('; ')}`];
  });
  return loopsTo === undefined ? lines : [...lines, '      -- and again --'];
}

function eventsOf({ router, from, to, deeds, sent }: RouterStep): string[] {
  const done = deeds.filter(({ kind }) => kind !== 'late').map(wordingOf);
  if (deeds.some(({ kind }) => kind === 'late')) done.push('timer is a tick late');
  if (from !== to && !deeds.some(({ kind }) => kind === 'crash')) done.push(`${from} -> ${to}`);
  if (sent > 0) done.push(sent === 1 ? 'sends' : `sends ${sent}`);
  return done.length === 0 ? [] : [`r${router + 1} ${done.join(', ')}`];
}

const ALONE = {
  start: 'starts',
  crash: 'crashes',
  stop: 'is stopped',
  timer: 'timer fires',
  late: '',
};

function wordingOf(deed: Deed): string {
  if (deed.kind !== 'hears' && deed.kind !== 'misses') return ALONE[deed.kind];
  const advert = `${deed.kind} ${deed.zero ? 'the resignation of ' : ''}r${deed.from + 1}`;
  return deed.kind === 'hears' ? advert + late(deed.age) : advert;
}

function late(age: number): string {
  return age === 0 ? '' : ` (${age + 1} ticks on the way)`;
}

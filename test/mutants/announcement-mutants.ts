/** Errors in the timers of gratuitous ARP. */
import { ANY, type Mutant } from './mutant.ts';

const DEADLINES = 'src/engine/vrrp/deadlines.ts';
const INSTANCE = 'src/engine/vrrp/instance.ts';
const OPTIONS = 'test/engine/vrrp/options.test.ts';
const ANNOUNCING = 'test/engine/vrrp/announcing.test.ts';

export const ANNOUNCEMENT_MUTANTS: readonly Mutant[] = [
  {
    id: 'refresh-after-yield',
    file: DEADLINES,
    find: 'Object.assign(deadlines, NONE);',
    replace: 'Object.assign(deadlines, { ...NONE, refresh: deadlines.refresh });',
    why: 'A router that yielded still refreshes the announcements (garp_master_refresh).',
    explore: ANY,
    tests: ANNOUNCING,
  },
  {
    id: 'second-burst-after-yield',
    file: DEADLINES,
    find: 'Object.assign(deadlines, NONE);',
    replace: 'Object.assign(deadlines, { ...NONE, announce: deadlines.announce });',
    why: 'A router that yielded announces again after garp_master_delay.',
    explore: ANY,
    tests: ANNOUNCING,
  },
  {
    id: 'held-back-after-yield',
    file: DEADLINES,
    find: 'Object.assign(deadlines, NONE);',
    replace: 'Object.assign(deadlines, { ...NONE, answer: deadlines.answer });',
    why: 'A router that yielded sends the announcements that it had held back as Active.',
    tests: ANNOUNCING,
  },
  {
    id: 'refreshed-once',
    file: INSTANCE,
    find: 'deadlines.refresh = plus(now, garp.refresh);',
    replace: 'deadlines.refresh = undefined;',
    why: 'garp_master_refresh refreshes once.',
    tests: OPTIONS,
  },
  {
    id: 'refresh-as-takeover',
    file: INSTANCE,
    find: 'repeat: garp.refreshRepeat',
    replace: 'repeat: garp.repeat',
    why: 'A refresh is repeated garp_master_repeat times instead of garp_master_refresh_repeat.',
    tests: ANNOUNCING,
  },
  {
    id: 'loser-burst-as-takeover',
    file: 'src/engine/vrrp/receive.ts',
    find: 'state.announceRepeat = lowerPrioRepeat;',
    replace: 'state.announceRepeat = config.garp.repeat;',
    why: 'The burst after garp_lower_prio_delay is repeated garp_master_repeat times.',
    tests: ANNOUNCING,
  },
  {
    id: 'paced-after-yield',
    file: 'src/engine/vrrp/pacing.ts',
    find: "if (effect.kind === 'withdraw') forget(pacing, effect);",
    replace: '',
    why: 'Announcements that wait for vrrp_garp_interval are sent after the addresses were removed.',
    tests: 'test/engine/vrrp/pacing.test.ts',
  },
];

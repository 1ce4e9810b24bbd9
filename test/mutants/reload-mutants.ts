/** What a reload may do wrong, and a sync group when one of it resigns. */
import { ANY, type Mutant } from './mutant.ts';

const RELOAD = 'src/engine/vrrp/reload.ts';
const TRANSITION = 'src/engine/vrrp/transition.ts';
const RELOAD_TESTS = 'test/engine/vrrp/reload.test.ts';
const OPTIONS = 'test/engine/vrrp/options.test.ts';
const GROUP_TESTS = 'test/engine/vrrp/sync-group.test.ts';
const EDGES = 'test/engine/vrrp/instance-edges.test.ts';
const INSTANCE = 'test/engine/vrrp/instance.test.ts';

export const RELOAD_MUTANTS: readonly Mutant[] = [
  {
    id: 'reload-restarts-backup',
    file: RELOAD,
    find: "if (state.name === 'BACKUP' && before.advertInterval !== config.advertInterval)",
    replace: "if (state.name === 'BACKUP' && before.advertInterval > 0)",
    why: 'Every reload restarts the Active_Down_Timer of a Backup.',
    explore: ANY,
    tests: RELOAD_TESTS,
  },
  {
    id: 'reload-sends-old-message',
    file: RELOAD,
    find: '{ config, local, encoded, group: undefined, ...afresh }',
    replace: '{ config, local, group: undefined, ...afresh }',
    why: 'After a reload an Active sends the interval and the addresses it had before.',
    tests: RELOAD_TESTS,
  },
  {
    id: 'reload-forgets-sequence',
    file: RELOAD,
    find: '{ config, local, encoded, group: undefined, ...afresh }',
    replace: '{ config, local, encoded, group: undefined, auth: next.auth, ...afresh }',
    why: 'A reload starts the replay numbers anew: peers believe nothing any more.',
    tests: OPTIONS,
  },
  {
    id: 'reload-keeps-refresh',
    file: RELOAD,
    find: 'deadlines.refresh = config.garp.refresh > 0 ? plus(now, config.garp.refresh) : undefined;',
    replace: '',
    why: 'A reload neither begins nor ends garp_master_refresh.',
    tests: RELOAD_TESTS,
  },
  {
    id: 'reload-forgets-script',
    file: RELOAD,
    find: 'if (old?.check.up !== undefined) script.check.up = old.check.up;',
    replace: '',
    why: 'A script whose settings are reloaded forgets that it had failed.',
    tests: RELOAD_TESTS,
  },
];

export const RESIGNATION_MUTANTS: readonly Mutant[] = [
  {
    id: 'group-dragged-in-silence',
    file: TRANSITION,
    find: '    sendAdvert(other, 0, now, emit);',
    replace: '',
    why: 'A router that its sync group drags along does not resign.',
    tests: GROUP_TESTS,
  },
  {
    id: 'group-fault-not-shared',
    file: 'src/engine/vrrp/problem.ts',
    find: 'for (const other of othersOf(state)) {',
    replace: 'for (const other of othersOf(state).slice(0, 0)) {',
    why: 'One router of a sync group is in FAULT, the others go on.',
    tests: GROUP_TESTS,
  },
  {
    id: 'fault-in-silence',
    file: 'src/engine/vrrp/instance.ts',
    find: 'resigns: state.status?.up === true',
    replace: 'resigns: false',
    why: 'An Active that goes to FAULT does not resign although it still can.',
    explore: ANY,
    tests: EDGES,
  },
  {
    id: 'address-lost-in-silence',
    file: 'src/engine/vrrp/instance.ts',
    find: "if (state.name === 'MASTER') sendAdvert(state, 0, now, emit);",
    replace: '',
    why: 'An Active whose source address is taken away does not resign.',
    tests: INSTANCE,
  },
];

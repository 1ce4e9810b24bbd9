/** Errors of a reload, and of a sync group when a member resigns. */
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
    why: 'After a reload an Active sends its old interval and addresses.',
    tests: RELOAD_TESTS,
  },
  {
    id: 'reload-forgets-sequence',
    file: RELOAD,
    find: '{ config, local, encoded, group: undefined, ...afresh }',
    replace: '{ config, local, encoded, group: undefined, auth: next.auth, ...afresh }',
    why: 'A reload resets the sequence numbers: peers refuse every advert.',
    tests: OPTIONS,
  },
  {
    id: 'reload-keeps-refresh',
    file: RELOAD,
    find: 'deadlines.refresh = config.garp.refresh > 0 ? plus(now, config.garp.refresh) : undefined;',
    replace: '',
    why: 'A reload neither starts nor stops garp_master_refresh.',
    tests: RELOAD_TESTS,
  },
  {
    id: 'reload-forgets-script',
    file: RELOAD,
    find: 'if (old?.check.up !== undefined) script.check.up = old.check.up;',
    replace: '',
    why: 'A script with reloaded settings forgets its failure.',
    tests: RELOAD_TESTS,
  },
];

export const RESIGNATION_MUTANTS: readonly Mutant[] = [
  {
    id: 'group-dragged-in-silence',
    file: TRANSITION,
    find: '    sendAdvert(other, 0, now, emit);',
    replace: '',
    why: 'A router that leaves Active with its sync group does not resign.',
    tests: GROUP_TESTS,
  },
  {
    id: 'group-fault-not-shared',
    file: 'src/engine/vrrp/problem.ts',
    find: 'for (const other of othersOf(state)) {',
    replace: 'for (const other of othersOf(state).slice(0, 0)) {',
    why: 'One router of a sync group is in FAULT, the others stay Active.',
    tests: GROUP_TESTS,
  },
  {
    id: 'fault-in-silence',
    file: 'src/engine/vrrp/instance.ts',
    find: 'resigns: state.status?.up === true',
    replace: 'resigns: false',
    why: 'An Active that goes to FAULT does not resign although it can still send.',
    explore: ANY,
    tests: EDGES,
  },
  {
    id: 'address-lost-in-silence',
    file: 'src/engine/vrrp/instance.ts',
    find: "if (state.name === 'MASTER') sendAdvert(state, 0, now, emit);",
    replace: '',
    why: 'An Active that loses its source address does not resign.',
    tests: INSTANCE,
  },
];

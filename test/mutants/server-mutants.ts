/** Errors in the pools of virtual servers: quorum, sorry server, ha_suspend. */
import type { Mutant } from './mutant.ts';

const VIRTUAL_SERVER = 'src/engine/check/virtual-server.ts';
const CHECKS = 'test/engine/check/checks.test.ts';
const QUORUM = 'test/engine/check/quorum.test.ts';

export const SERVER_MUTANTS: readonly Mutant[] = [
  {
    id: 'sorry-among-the-living',
    file: VIRTUAL_SERVER,
    find: 'const serves = up && !sorry;',
    replace: 'const serves = up;',
    why: 'After a lost quorum the sorry server serves in addition to the servers that are up.',
    tests: QUORUM,
  },
  {
    id: 'suspended-check-counts',
    file: 'src/engine/check/checker.ts',
    find: "if (state.flight === 'waiting') state.flight = 'overdue';",
    replace: '',
    why: 'A running check still changes the verdict after ha_suspend begins.',
    tests: QUORUM,
  },
  {
    id: 'quorum-lost-too-early',
    file: VIRTUAL_SERVER,
    find: 'weight >= quorum - hysteresis',
    replace: 'weight >= quorum',
    why: 'A quorum is lost below its value, without hysteresis.',
    tests: QUORUM,
  },
  {
    id: 'quorum-gained-too-early',
    file: VIRTUAL_SERVER,
    find: 'weight >= quorum + hysteresis;',
    replace: 'weight >= quorum;',
    why: 'A lost quorum is gained again at its value, without hysteresis.',
    tests: QUORUM,
  },
  {
    id: 'quorum-of-heads',
    file: VIRTUAL_SERVER,
    find: 'sum + (up ? weight : 0)',
    replace: 'sum + (up ? 1 : 0)',
    why: 'A quorum counts servers, not their weights.',
    tests: CHECKS,
  },
  {
    id: 'quorum-of-the-dead',
    file: VIRTUAL_SERVER,
    find: 'sum + (up ? weight : 0)',
    replace: 'sum + weight',
    why: 'Servers that are down count for the quorum.',
    tests: CHECKS,
  },
  {
    id: 'quorum-blind-to-weights',
    file: VIRTUAL_SERVER,
    find: 'if (!turned && weight === server.weight) return;',
    replace: 'if (!turned) return;',
    why: 'A changed weight affects neither the pool nor the quorum.',
    tests: QUORUM,
  },
  {
    id: 'quorum-not-reloaded',
    file: 'src/engine/check/checks.ts',
    find: 'reconsiderQuorum(virtual, emit);',
    replace: '',
    why: 'A reload with another quorum has no effect until a server changes.',
    tests: CHECKS,
  },
];

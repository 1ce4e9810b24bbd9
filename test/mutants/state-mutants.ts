/** Errors in state transitions and in the effect of tracked objects. */
import { ANY, type Mutant, PLAIN } from './mutant.ts';

const TRANSITION = 'src/engine/vrrp/transition.ts';
const INSTANCE = 'src/engine/vrrp/instance.ts';
const PROBLEM = 'src/engine/vrrp/problem.ts';
const TRACKING = 'src/engine/vrrp/tracking.ts';

export const STATE_MUTANTS: readonly Mutant[] = [
  {
    id: 'takeover-without-advert',
    file: TRANSITION,
    find: 'if (!sendAdvert(state, state.priority, now, emit)) {',
    replace: 'if (state.source === undefined) {',
    why: 'A router that becomes Active sends no advert.',
    explore: ANY,
    check: PLAIN,
  },
  {
    id: 'takeover-without-addresses',
    file: TRANSITION,
    find: "emit({ kind: 'install', instance: name, config });",
    replace: '',
    why: 'A router that becomes Active does not install the addresses.',
    explore: ANY,
  },
  {
    id: 'takeover-not-announced',
    file: TRANSITION,
    find: "emit({ kind: 'announce', instance: name, config, repeat: garp.repeat });",
    replace: '',
    why: 'A router that becomes Active sends no gratuitous ARP.',
    explore: ANY,
  },
  {
    id: 'yield-keeps-addresses',
    file: TRANSITION,
    find: 'yieldTo(state, now, emit, why);',
    replace: "yieldTo(state, now, (effect) => effect.kind === 'withdraw' || emit(effect), why);",
    why: 'An Active that yields keeps the addresses.',
    explore: ANY,
  },
  {
    id: 'fault-keeps-addresses',
    file: INSTANCE,
    find: 'resigns: state.status?.up === true }, now, emit);',
    replace:
      "resigns: state.status?.up === true }, now, (effect) => effect.kind === 'withdraw' || emit(effect));",
    why: 'An Active that goes to FAULT keeps the addresses.',
    explore: ANY,
  },
  {
    id: 'stop-without-zero',
    file: 'src/engine/vrrp/router.ts',
    find: 'for (const instance of state.instances) stop(instance, now, emit);',
    replace:
      "for (const one of state.instances) stop(one, now, (effect) => effect.kind === 'send' || emit(effect));",
    why: 'An Active that is shut down does not resign.',
    explore: ANY,
  },
  {
    id: 'owner-waits',
    file: INSTANCE,
    find: 'if (state.config.priority === 255) {',
    replace: 'if (state.config.priority > 255) {',
    why: 'The owner of the addresses starts as a Backup.',
    explore: ANY,
  },
  {
    id: 'fault-not-left',
    file: INSTANCE,
    find: "if (problem === undefined && state.name === 'FAULT' && state.deadlines.retry === undefined)",
    replace:
      "if (problem === undefined && state.name === 'FAULT' && state.deadlines.retry !== undefined)",
    why: 'A router stays in FAULT after the cause has ended.',
    explore: ANY,
  },
  {
    id: 'oversleep-unnoticed-by-active',
    file: INSTANCE,
    find: 'if (late <= 0 || late + advertInterval <= patienceOfPeers(state)) return;',
    replace: 'return;',
    why: 'An Active that was paused for longer than the timers of its peers stays Active.',
    explore: ANY,
  },
  {
    id: 'group-not-dragged',
    file: TRANSITION,
    find: "if (other.name !== 'MASTER') continue;",
    replace: 'continue;',
    why: 'One router of a sync group yields, the others stay Active.',
    explore: ANY,
  },
  {
    id: 'group-not-asked',
    file: TRANSITION,
    find: 'if (!othersAgree(state)) {',
    replace: 'if (othersOf(state).length < 0) {',
    why: 'One router of a sync group becomes Active although another is not ready.',
    explore: ANY,
  },
  {
    id: 'reload-resigns',
    file: 'src/engine/vrrp/reload.ts',
    find: 'if (goesOn.has(old)) continue;',
    replace: '',
    why: 'A reload makes an Active resign.',
    explore: ANY,
  },
];

export const HEALTH_MUTANTS: readonly Mutant[] = [
  {
    id: 'owner-moved-by-weight',
    file: PROBLEM,
    find: 'if (priority === 255) return 255;',
    replace: '',
    why: 'Weights reduce the priority of the owner below 255.',
    explore: ANY,
  },
  {
    id: 'weight-subtracted',
    file: PROBLEM,
    find: 'priority + assessment(state).change',
    replace: 'priority - assessment(state).change',
    why: 'A weight has the wrong sign.',
    explore: ANY,
  },
  {
    id: 'weight-makes-an-owner',
    file: PROBLEM,
    find: 'Math.min(254, priority + assessment(state).change)',
    replace: 'Math.min(255, priority + assessment(state).change)',
    why: 'A weight raises a router to an owner (255).',
    explore: ANY,
  },
  {
    id: 'weight-makes-zero',
    file: PROBLEM,
    find: 'Math.max(1, Math.min(254,',
    replace: 'Math.max(0, Math.min(254,',
    why: 'A weight reduces the priority to 0: every advert resigns.',
    explore: ANY,
  },
  {
    id: 'weight-of-the-other-state',
    file: TRACKING,
    find: 'value > 0 === good ? value : 0',
    replace: 'value > 0 !== good ? value : 0',
    why: 'A weight counts while its script is in the other state.',
    explore: ANY,
  },
  {
    id: 'failed-check-ignored',
    file: TRACKING,
    find: 'if (value === 0) return { change: 0, fault: !good };',
    replace: 'if (value === 0) return { change: 0, fault: false };',
    why: 'A failed script without a weight does not lead to FAULT.',
    explore: ANY,
  },
];

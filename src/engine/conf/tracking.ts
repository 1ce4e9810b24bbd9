/** Keywords of instances and sync groups: trackers (`track_interface`, `track_script`, ...) and notify scripts. */
import type { NotifyConfig } from '../core/config-script.ts';
import type {
  InterfaceTrack,
  ObjectTrack,
  SyncGroupConfig,
  TrackWeight,
} from '../core/config-track.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import { integerAt, interfaceName } from '../text/values.ts';
import { ON_OFF, printWeight, script } from './codec.ts';
import { block, field, list, lost, type Row, type Rows, within } from './keyword.ts';

type Kind = ObjectTrack['kind'];

/** Earlier definitions: keepalived does not know later ones. */
export type Known = Readonly<
  Record<Kind, readonly { readonly name: string; readonly weight: TrackWeight }[]>
>;

export interface Tracks {
  readonly trackInterfaces: InterfaceTrack[];
  readonly tracks: ObjectTrack[];
}
type Tracked = Pick<SyncGroupConfig, 'trackInterfaces' | 'tracks'>;
interface Context {
  readonly known: Known;
}

const NO_WEIGHT: TrackWeight = { value: 0, reverse: false };
const MOST = 254;

/** `track_script` prints all kinds. */
function objects(kind: Kind, doc: string): Row<Tracks, Tracked, Context> {
  const type = `NAME [weight -${MOST}..${MOST} [reverse]]`;
  const { print: _, ...row } = list<'tracks', Tracks, Tracked, Context, ObjectTrack, ObjectTrack>(
    'tracks',
    doc,
    type,
    (entry, { known }, { tracks }) => readObject(entry, kind, tracks, known),
    String,
  );
  return row;
}

export const TRACKS: Rows<Tracks, Tracked, Context> = {
  track_interface: list(
    'trackInterfaces',
    'FAULT while the interface is down, or a change of priority if it has a weight.',
    `INTERFACE [weight -${MOST}..${MOST} [reverse]]`,
    readInterface,
    ({ interface: name, weight }: InterfaceTrack) =>
      `${quoteWord(name)} weight ${printWeight(weight)}`,
  ),
  track_script: {
    ...objects('script', 'FAULT while the script fails, or a change of priority by its weight.'),
    // All kinds, in one block for each: the order of different kinds is kept. A tracked object may be reversed itself.
    print: ({ tracks }) =>
      tracks.flatMap(({ kind, name, weight }) =>
        block(`track_${kind}`, [
          `${quoteWord(name)} weight ${printWeight(weight)}${weight.reverse ? '' : ' noreverse'}`,
        ]),
      ),
  },
  track_file: objects('file', "The file's number times the weight changes the priority."),
  track_process: objects('process', 'FAULT while the process is missing, or a change of priority.'),
  ...lost('halabd has no BFD', 'track_bfd', { shape: 'lines' }),
};

function readInterface(
  { keyword, values }: Statement,
  _: unknown,
  { trackInterfaces }: Tracks,
): InterfaceTrack | undefined {
  const name = interfaceName(keyword, keyword);
  if (name === undefined) return undefined;
  if (trackInterfaces.some((one) => one.interface === name))
    return keyword.warning(`interface ${name} is tracked already: ignored`);
  const weight = weightBehind(values, NO_WEIGHT);
  return weight && { interface: name, weight: sensible(weight, keyword) };
}

function readObject(
  { keyword, values }: Statement,
  kind: Kind,
  tracks: readonly ObjectTrack[],
  known: Known,
): ObjectTrack | undefined {
  const name = keyword.text;
  const found = known[kind].find((one) => one.name === name);
  if (found === undefined) {
    const hint = 'It must be defined above what tracks it.';
    return keyword.warning(`there is no ${kind} "${name}" to track: ignored`, hint);
  }
  if (tracks.some((one) => one.kind === kind && one.name === name))
    return keyword.warning(`${kind} "${name}" is tracked already: ignored`);
  const weight = weightBehind(values, found.weight);
  if (weight === undefined) return undefined;
  const isOwn = values.length > 0;
  return { kind, name, weight: kind === 'script' && isOwn ? sensible(weight, keyword) : weight };
}

/** `[weight N [reverse|noreverse]]`. Undefined: the entry does not count. */
function weightBehind([word, value, option]: readonly Token[], unless: TrackWeight) {
  if (word === undefined) return unless;
  if (word.text !== 'weight' || value === undefined)
    return word.warning('only "weight N" may stand here: the entry is ignored');
  const number = integerAt(value, word, -MOST, MOST) ?? unless.value;
  const reverse = option?.text === 'reverse' || (unless.reverse && option?.text !== 'noreverse');
  if (option !== undefined && option.text !== 'reverse' && option.text !== 'noreverse')
    option.warning(`unknown word "${option.text}"`, 'Known here: reverse, noreverse.');
  return { value: number, reverse };
}

/** keepalived: +/-254 of the entry become +/-253; the weight of the script itself stays as it is. */
function sensible(weight: TrackWeight, at: Token): TrackWeight {
  if (Math.abs(weight.value) !== MOST) return weight;
  const value = weight.value - Math.sign(weight.value);
  at.warning(`the weight of ${at.text} becomes ${value}`);
  return { ...weight, value };
}

/** Undefined switches have the global defaults. */
export type NotifyDraft = { -readonly [K in keyof NotifyConfig]?: NotifyConfig[K] };

export interface Notified {
  readonly notify: NotifyDraft;
}
type NotifiedConfig = Pick<SyncGroupConfig, 'notify'>;

/** The first script of a kind counts. */
const SCRIPT = script((keyword) => `${keyword} is given already: ignored`);
const always = { always: true } as const;

const STATE_SCRIPTS: Rows<NotifyDraft, NotifyConfig> = {
  notify_master: field('master', SCRIPT, 'Runs when it becomes MASTER.'),
  notify_backup: field('backup', SCRIPT, 'Runs when it becomes BACKUP.'),
  notify_fault: field('fault', SCRIPT, 'Runs when it enters FAULT.'),
  notify_stop: field('stop', SCRIPT, 'Runs when the daemon stops.'),
};
// biome-ignore format: a table, one keyword a line
const INSTANCE_SCRIPTS: Rows<NotifyDraft, NotifyConfig> = {
  notify_deleted: field(
    'deleted',
    {
      ...SCRIPT,
      // keepalived: without the other it only sends DELETED instead of FAULT.
      read: (statement, before) =>
        statement.values.length === 0 ? undefined : SCRIPT.read(statement, before),
    },
    'Runs when a reload removes the instance.',
    { shape: 'script', since: '2.1.0' },
  ),
  notify_master_rx_lower_pri: field('lowerPriority', SCRIPT, 'Runs when an Active receives an advert of lower priority.', { since: '2.0.6' }),
};
// biome-ignore format: a table, one keyword a line
const REPORTS: Rows<NotifyDraft, NotifyConfig> = {
  notify: field('any', SCRIPT, 'Runs on every new state, with INSTANCE or GROUP, name, state and priority as arguments.'),
  notify_priority_changes: field('priorityChanges', ON_OFF, 'Notifies of every change of the priority.', { ...always, unset: 'vrrp_notify_priority_changes', since: '2.0.16' }),
  smtp_alert: field('smtpAlert', ON_OFF, 'Mails every new state.', { ...always, unset: 'smtp_alert_vrrp' }),
};

export const GROUP_NOTIFY: Rows<Notified, NotifiedConfig> = within('notify', {
  ...STATE_SCRIPTS,
  ...REPORTS,
});
export const INSTANCE_NOTIFY: Rows<Notified, NotifiedConfig> = within('notify', {
  ...STATE_SCRIPTS,
  ...INSTANCE_SCRIPTS,
  ...REPORTS,
});

export function notifyOf(
  notify: NotifyDraft,
  {
    smtpAlert,
    notifyPriorityChanges: priorityChanges,
  }: { readonly smtpAlert: boolean; readonly notifyPriorityChanges: boolean },
): NotifyConfig {
  return { priorityChanges, smtpAlert, ...notify };
}

const NO_BFD = 'halabd has no BFD';

// biome-ignore format: a table, one keyword a line
export const BFD: Rows<unknown, unknown> = {
  ...lost(NO_BFD, `source_ip neighbor_ip neighbour_ip min_rx min_tx idle_tx multiplier ttl hoplimit max_hops weight`, { shape: 'value' }),
  ...lost(NO_BFD, 'passive multihop vrrp checker'),
};

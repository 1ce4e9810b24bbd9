/**
 * Trackers that cannot move a priority, as keepalived treats them: an owner (priority 255) keeps its priority,
 * and members of a sync group without `sync_group_tracking_weight` change their state together.
 */
import type { VrrpInstanceConfig } from './config.ts';
import type { InterfaceTrack, ObjectTrack } from './config-track.ts';

const OWNER = 255;
/** Of a file that is given none. */
const DEFAULT_FILE_WEIGHT = 1;
const NO_WEIGHT = { value: 0, reverse: false };

interface Group {
  readonly name: string;
  readonly members: readonly string[];
  readonly memberWeights: boolean;
}

type Tracking = Pick<VrrpInstanceConfig, 'name' | 'priority' | 'trackInterfaces' | 'tracks'>;
type Report = (name: string, message: string) => void;

/** Weighted trackers of such an instance are left out; an interface and a file keep their meaning without one. */
export function withoutWeights<T extends Tracking>(
  instances: readonly T[],
  groups: readonly Group[],
  report: Report,
): T[] {
  return instances.map((instance) => {
    const group = groups.find(({ members }) => members.includes(instance.name));
    const inGroup = group !== undefined && !group.memberWeights;
    if (!inGroup && instance.priority !== OWNER) return instance;
    const why = inGroup ? `of its sync group "${group.name}"` : 'it is an owner (priority 255)';
    const ignored = (what: string): void =>
      report(instance.name, `the weight of ${what} is ignored, because ${why}`);
    return {
      ...instance,
      trackInterfaces: instance.trackInterfaces.flatMap((track): InterfaceTrack[] => {
        if (track.weight.value === 0) return [track];
        ignored(track.interface);
        return inGroup ? [{ ...track, weight: NO_WEIGHT }] : [];
      }),
      tracks: instance.tracks.flatMap((track): ObjectTrack[] => {
        const { kind, name, weight } = track;
        if (weight.value === 0 || kind === 'process') return [track];
        ignored(name);
        const isDefault = kind === 'file' && weight.value === DEFAULT_FILE_WEIGHT;
        return isDefault ? [{ ...track, weight: { ...weight, value: 0 } }] : [];
      }),
    };
  });
}

/** The trackers of a group that an owner is in: they have no weight. */
export function groupWithoutWeights<T extends Group & Pick<Tracking, 'trackInterfaces' | 'tracks'>>(
  group: T,
  instances: readonly Tracking[],
  report: Report,
): T {
  const isOwner = ({ name, priority }: Tracking): boolean =>
    priority === OWNER && group.members.includes(name);
  if (!instances.some(isOwner)) return group;
  const plain = <U extends ObjectTrack | InterfaceTrack>(track: U): U => {
    if (track.weight.value === 0) return track;
    const what = 'interface' in track ? track.interface : track.name;
    report(group.name, `the weight of ${what} is ignored, because a member is an owner`);
    return { ...track, weight: { ...track.weight, value: 0 } };
  };
  return {
    ...group,
    trackInterfaces: group.trackInterfaces.map(plain),
    tracks: group.tracks.map(plain),
  };
}

/** `track_interface`, `track_script`, `track_file` and `track_process` of an instance or a sync group. */

import type { InterfaceTrack, ObjectTrack, TrackWeight } from '../core/config-track.ts';
import type { Findings } from './findings.ts';
import type { Token } from './lexer.ts';
import type { Statement } from './tree.ts';
import { integerAt, interfaceName } from './values.ts';

type Kind = ObjectTrack['kind'];

/** What was defined before: keepalived does not know what comes later in its files. */
export type Known = Readonly<
  Record<Kind, readonly { readonly name: string; readonly weight: TrackWeight }[]>
>;

export interface Tracks {
  readonly trackInterfaces: InterfaceTrack[];
  readonly tracks: ObjectTrack[];
}

const NO_WEIGHT: TrackWeight = { value: 0, reverse: false };
const MOST = 254;

/** Reads one of them into `tracks`; false for any other keyword. */
export function readTracks(
  { keyword, block }: Statement,
  { trackInterfaces, tracks }: Tracks,
  known: Known,
  findings: Findings,
): boolean {
  const [, kind] = /^track_(interface|script|file|process)$/.exec(keyword.text) ?? [];
  if (kind === undefined) return false;
  for (const entry of block ?? []) {
    if (kind === 'interface') readInterface(entry, trackInterfaces, findings);
    else readObject(entry, kind as Kind, tracks, known, findings);
  }
  return true;
}

function readInterface(
  { keyword, values }: Statement,
  trackInterfaces: InterfaceTrack[],
  findings: Findings,
): void {
  const name = interfaceName(keyword, keyword, findings);
  if (name === undefined) return;
  if (trackInterfaces.some((one) => one.interface === name))
    findings.warning(keyword, `interface ${name} is tracked already: ignored`);
  else {
    const weight = weightBehind(values, NO_WEIGHT, NO_WEIGHT, findings);
    if (weight === undefined) return;
    trackInterfaces.push({ interface: name, weight: sensible(weight, keyword, findings) });
  }
}

function readObject(
  { keyword, values }: Statement,
  kind: Kind,
  tracks: ObjectTrack[],
  known: Known,
  findings: Findings,
): void {
  const name = keyword.text;
  const found = known[kind].find((one) => one.name === name);
  if (found === undefined) {
    const hint = 'It must be defined above what tracks it.';
    findings.warning(keyword, `there is no ${kind} "${name}" to track: ignored`, hint);
  } else if (tracks.some((one) => one.kind === kind && one.name === name))
    findings.warning(keyword, `${kind} "${name}" is tracked already: ignored`);
  else {
    const weight = weightBehind(values, found.weight, found.weight, findings);
    if (weight === undefined) return;
    const isOwn = values.length > 0;
    const taken = kind === 'script' && isOwn ? sensible(weight, keyword, findings) : weight;
    tracks.push({ kind, name, weight: taken });
  }
}

/** `[weight N [reverse|noreverse]]`. Undefined: the entry does not count. */
function weightBehind(
  [word, value, option]: readonly Token[],
  unless: TrackWeight,
  wrong: TrackWeight,
  findings: Findings,
): TrackWeight | undefined {
  if (word === undefined) return unless;
  if (word.text !== 'weight' || value === undefined) {
    findings.warning(word, 'only "weight N" may stand here: the entry is ignored');
    return undefined;
  }
  const number = integerAt(value, word, -MOST, MOST, findings) ?? wrong.value;
  const reverse = option?.text === 'reverse' || (unless.reverse && option?.text !== 'noreverse');
  if (option !== undefined && option.text !== 'reverse' && option.text !== 'noreverse')
    findings.warning(option, `unknown word "${option.text}"`, 'Known here: reverse, noreverse.');
  return { value: number, reverse };
}

/** keepalived: +/-254 of the entry become +/-253; the weight of the script itself stays as it is. */
function sensible(weight: TrackWeight, at: Token, findings: Findings): TrackWeight {
  if (Math.abs(weight.value) !== MOST) return weight;
  const value = weight.value - Math.sign(weight.value);
  findings.warning(at, `the weight of ${at.text} becomes ${value}`);
  return { ...weight, value };
}

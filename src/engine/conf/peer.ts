/** The addresses of an instance are of one family; a `unicast_peer` among them. */
import { family, type IpAddress } from '../../net/address.ts';
import type { UnicastPeer } from '../core/config.ts';
import type { Findings } from './findings.ts';
import type { InstanceDraft } from './instance.ts';
import type { Token } from './lexer.ts';
import type { Statement } from './tree.ts';
import { addressAt, integerAt } from './values.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** An address of the instance's family, which the first one decides. */
export function joins(
  draft: InstanceDraft,
  found: IpAddress | undefined,
  at: Token,
  findings: Findings,
): found is IpAddress {
  if (found === undefined) return false;
  draft.family ??= family(found);
  if (family(found) === draft.family) return true;
  findings.warning(at, `${found} is of another family than "${draft.name}": ignored`);
  return false;
}

/** `ADDRESS [min_ttl N] [max_ttl N]`. */
export function readPeer(
  draft: InstanceDraft,
  { keyword, values }: Statement,
  findings: Findings,
): UnicastPeer | undefined {
  const found = addressAt(keyword.text);
  if (found === undefined) findings.warning(keyword, `not an address: "${keyword.text}"`);
  if (!joins(draft, found, keyword, findings)) return undefined;
  const peer: Mutable<UnicastPeer> = { address: found, minTtl: undefined, maxTtl: undefined };
  for (let i = 0; i < values.length; i += 2) {
    const [word, given] = [values[i], values[i + 1]];
    if (word === undefined || given === undefined) {
      findings.warning(word ?? keyword, 'a limit of the TTL needs a number: ignored');
      break;
    }
    const value = integerAt(given, word, 0, 255, findings, { strict: true });
    if (word.text === 'min_ttl') peer.minTtl = value;
    else if (word.text === 'max_ttl') peer.maxTtl = value;
    else {
      findings.warning(word, `unknown word "${word.text}"`, 'Known here: min_ttl, max_ttl.');
      break;
    }
  }
  return peer;
}

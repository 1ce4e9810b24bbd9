/** The adverts of an Active: to the group or to each unicast peer, authenticated as configured. */
import { type IpAddress, isMulticast } from '../../net/address.ts';
import { encodeAh } from '../../net/ah.ts';
import {
  type Advert,
  encodeAdvert,
  simpleTextData,
  sumSigned,
  VRRP_TTL,
} from '../../net/vrrp-packet.ts';
import type { Instant } from '../../time.ts';
import { groupOf, speaksOn } from '../core/same-router.ts';
import { nextAh, sign } from './authentication.ts';
import type { InstanceState } from './instance-state.ts';
import type { Emit } from './io.ts';

/** Sends to the group or to every unicast peer. Whether it went out, to at least one of them. */
export function sendAdvert(
  state: InstanceState,
  priority: number,
  now: Instant,
  emit: Emit,
): boolean {
  const { source, config } = state;
  if (source === undefined) return false;
  if (state.encoded?.source !== source || state.encoded.priority !== priority)
    state.encoded = { source, priority, messages: new Map() };
  let sent = false;
  for (const destination of destinationsOf(state)) {
    const plain = state.encoded.messages.get(destination) ?? encode(state, destination);
    state.encoded.messages.set(destination, plain);
    const message = withSignature(state, plain, source, destination, now);
    sent = sendTo(state, message, destination, priority, emit) || sent;
  }
  if (sent && priority === 0) state.tally.resignationsSent++;
  // With dont_track_primary a silent link is the user's own choice.
  return sent || !config.trackPrimary;
}

function destinationsOf({ config }: InstanceState): readonly IpAddress[] {
  if (config.unicast !== undefined) return config.unicast.peers.map(({ address }) => address);
  return [groupOf(config)];
}

function encode(state: InstanceState, destination: IpAddress): Uint8Array {
  const { config, encoded } = state;
  const { version, family, vrid, advertInterval: interval, authentication } = config;
  const advert: Advert = {
    version,
    family,
    vrid,
    priority: encoded?.priority ?? 0,
    interval,
    addresses: state.local.addresses,
    authType: state.local.authType,
    ...(authentication?.type === 'PASS'
      ? { authData: simpleTextData(authentication.password) }
      : {}),
  };
  const source = encoded?.source ?? destination;
  return encodeAdvert(advert, { source, destination }, config.checksum);
}

function withSignature(
  state: InstanceState,
  message: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  now: Instant,
): Uint8Array {
  const { config, auth, context } = state;
  if (config.hmac === undefined) return message;
  const utc = now + (context.utcOffset ?? 0);
  const trailer = sign(auth, config, config.hmac, message, source, utc);
  if (trailer === undefined) return message;
  const whole = new Uint8Array(message.length + trailer.length);
  whole.set(message, 0);
  whole.set(trailer, message.length);
  return config.family === 6 ? sumSigned(whole, { source, destination }) : whole;
}

function sendTo(
  state: InstanceState,
  message: Uint8Array,
  destination: IpAddress,
  priority: number,
  emit: Emit,
): boolean {
  const { config, source, auth } = state;
  if (source === undefined) return false;
  const ttl = isMulticast(destination) ? VRRP_TTL : (config.unicast?.ttl ?? VRRP_TTL);
  const { authentication } = config;
  const ahPacket =
    authentication?.type === 'AH'
      ? encodeAh(
          { source, destination, ttl, message, ...nextAh(auth) },
          simpleTextData(authentication.password),
        )
      : undefined;
  return emit({
    kind: 'send',
    instance: config.name,
    interface: speaksOn(config),
    family: config.family,
    source,
    destination,
    ttl,
    message,
    ahPacket,
    priority,
  });
}

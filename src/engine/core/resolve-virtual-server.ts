/**
 * Virtual servers as keepalived would run them: defaults filled in, contradictions
 * lowered, cleared or left out, each with a warning.
 */
import { type Family, family } from '../../net/address.ts';
import { familiesOf } from '../conf/lvs.ts';
import { type MethodDraft, methodOf } from '../conf/lvs-values.ts';
import { isSamePlace, type ServerDraft, type SorryDraft } from '../conf/real-server.ts';
import { DEFAULT_PERSISTENCE, type VirtualDraft } from '../conf/virtual-server.ts';
import type {
  PersistenceConfig,
  Protocol,
  RealServerConfig,
  ServiceKey,
  SorryServer,
  VirtualServerConfig,
  VirtualServerGroup,
} from './config-check.ts';
import { resolveChecker } from './resolve-checker.ts';

/** What every virtual server needs from the rest of the configuration. */
export interface VirtualContext {
  readonly groups: readonly VirtualServerGroup[];
  readonly logAll: boolean;
}

interface Reach {
  readonly group: VirtualServerGroup | undefined;
  readonly family: Family;
  readonly addresses: boolean;
  readonly marks: boolean;
}

const UNSIGNED = 2 ** 32;

/** Undefined: keepalived ignores it, which is reported. */
export function resolveVirtualServer(
  draft: VirtualDraft,
  context: VirtualContext,
): VirtualServerConfig | undefined {
  const reach = reachOf(draft, context);
  if (reach === undefined) return undefined;
  if (draft.servers.length === 0)
    return draft.at.warning('this virtual server has no real_server: it is ignored');
  const warn = (keyword: string, message: string): void =>
    (draft.lines.get(keyword) ?? draft.at).warning(message);
  const { service } = draft;
  const protocol = protocolOf(draft, reach, warn);
  const haSuspend = draft.haSuspend && !reach.marks;
  if (draft.haSuspend && !haSuspend) warn('ha_suspend', 'ha_suspend is not for marks: ignored');
  const onePacket = draft.onePacket && (!reach.addresses || protocol === 'UDP');
  if (draft.onePacket && !onePacket) warn('ops', 'ops is for protocol UDP: ignored');
  if (draft.scheduler === undefined) warn('', 'no lvs_sched: wlc is taken');
  const servers = distinct(draft.servers);
  if (draft.method.kind === undefined && needsMethod(draft.sorry, servers))
    warn('', 'no lvs_method: NAT is taken');
  const sum = servers.reduce((all, { weight }) => all + (weight ?? draft.weight), 0) % UNSIGNED;
  const { omega, quorumUp, quorumDown, mail } = draft;
  return {
    name: nameOf(service, protocol),
    service,
    family: reach.family,
    protocol,
    scheduler: draft.scheduler ?? 'wlc',
    schedulerFlags: [...draft.flags].sort(),
    method: methodOf(draft.method),
    onePacket,
    persistence: persistenceOf(draft, reach, warn),
    alpha: draft.timing.alpha ?? false,
    haSuspend,
    omega,
    quorumUp,
    quorumDown,
    mail,
    ...quorumOf(draft, sum, warn),
    sorryServer: sorryOf(draft, servers),
    realServers: realServersOf(draft, servers, context),
  };
}

/** `[10.0.0.1]:tcp:80`, `FWM 7`, or the group's name with its protocol. */
export function nameOf(service: ServiceKey, protocol: Protocol | undefined): string {
  if (service.kind === 'fwmark') return `FWM ${service.mark}`;
  const kind = protocol?.toLowerCase() ?? 'none';
  return service.kind === 'group'
    ? `${service.group}:${kind}`
    : `[${service.address}]:${kind}:${service.port}`;
}

type Warn = (keyword: string, message: string) => void;

function reachOf(draft: VirtualDraft, { groups }: VirtualContext): Reach | undefined {
  const { service } = draft;
  if (service.kind !== 'group') {
    const marks = service.kind === 'fwmark';
    return { group: undefined, family: familyOf(draft), addresses: !marks, marks };
  }
  const group = groups.find(({ name }) => name === service.group);
  if (group === undefined)
    return draft.at.warning(
      `there is no virtual_server_group "${service.group}": this virtual server is ignored`,
    );
  const families = [...familiesOf(group)];
  if (draft.family !== undefined && families.some((family) => family !== draft.family))
    return draft.at.warning(
      `the group "${group.name}" is of another family: this virtual server is ignored`,
    );
  return {
    group,
    family: draft.family ?? families[0] ?? 4,
    addresses: group.entries.some(({ kind }) => kind === 'addresses'),
    marks: group.entries.some(({ kind }) => kind === 'fwmark'),
  };
}

/** Behind a mark with tunnels only: that of all its servers, if they have one. */
function familyOf({ family: own, sorry, servers }: VirtualDraft): Family {
  if (own !== undefined) return own;
  const [first, ...rest] = [...(sorry === undefined ? [] : [sorry]), ...servers].map(({ place }) =>
    family(place.address),
  );
  return first !== undefined && rest.every((family) => family === first) ? first : 4;
}

function protocolOf({ protocol }: VirtualDraft, { addresses }: Reach, warn: Warn) {
  if (addresses) {
    if (protocol === undefined) warn('', 'no protocol: UDP is taken');
    return protocol ?? 'UDP';
  }
  if (protocol !== undefined) warn('protocol', 'marks stand for every protocol: ignored');
  return undefined;
}

function persistenceOf(
  { service, persistence, granularity }: VirtualDraft,
  { group, family: own }: Reach,
  warn: Warn,
): PersistenceConfig | undefined {
  const everyPort =
    (service.kind === 'address' && service.port === 0) ||
    group?.entries.some((entry) => entry.kind === 'addresses' && entry.port === 0) === true;
  if (persistence === undefined && everyPort)
    warn('', 'a virtual server for every port is persistent: persistence_timeout 360 is taken');
  const timeout = persistence ?? (everyPort ? DEFAULT_PERSISTENCE : undefined);
  return timeout && { timeout, granularity: granularity ?? (own === 4 ? 32 : 128) };
}

/** At most the weight of all servers; where that is 0 the quorum is never reached. */
function quorumOf(draft: VirtualDraft, sum: number, warn: Warn) {
  const quorum = Math.min(draft.quorum, sum);
  if (quorum < draft.quorum)
    warn('quorum', `quorum ${draft.quorum} is more than all servers weigh: ${sum} is taken`);
  const hysteresis = Math.min(draft.hysteresis, Math.max(0, quorum - 1));
  if (hysteresis < draft.hysteresis)
    warn('hysteresis', `hysteresis must be less than the quorum: ${hysteresis} is taken`);
  return { quorum, hysteresis };
}

/** Without duplicates of earlier ones, compared as written. */
function distinct(servers: readonly ServerDraft[]): ServerDraft[] {
  const kept: ServerDraft[] = [];
  for (const server of servers) {
    const twice = kept.some(({ place }) => isSamePlace(place, server.place));
    if (twice) server.at.warning('this real_server is listed above already: it is ignored');
    else kept.push(server);
  }
  return kept;
}

function needsMethod(sorry: SorryDraft | undefined, servers: readonly ServerDraft[]): boolean {
  return [...servers, ...(sorry === undefined ? [] : [sorry])].some(
    ({ method: { kind } }) => kind === undefined,
  );
}

/** Its own value, or else that of the virtual server, before or after it. */
function wholeMethod(own: MethodDraft, virtual: MethodDraft): MethodDraft {
  return own.kind === undefined ? virtual : own;
}

function realServersOf(
  draft: VirtualDraft,
  servers: readonly ServerDraft[],
  { logAll }: VirtualContext,
): RealServerConfig[] {
  const real: RealServerConfig[] = [];
  for (const one of servers) {
    const { at: _, timing, virtualhost, place, ...server } = one;
    const method = methodOf(wholeMethod(one.method, draft.method));
    const port = portOf(draft.service, one.place.port, method.kind);
    if (one.place.port !== 0 && one.place.port !== port)
      one.at.warning(`${method.kind} does not change ports: ${port || 'none'} is taken`);
    // Two that were written differently may have become one.
    if (real.some((other) => isSamePlace(other, { address: one.place.address, port }))) {
      one.at.warning('this real_server is the same as one above: it is ignored');
      continue;
    }
    const checkers = one.checkers.flatMap((checker) =>
      resolveChecker(checker, {
        place,
        virtual: draft.timing,
        real: timing,
        virtualhost: virtualhost ?? draft.virtualhost,
        logAll,
      }),
    );
    const { weight = draft.weight, inhibit = draft.inhibit } = one;
    real.push({ ...server, address: place.address, port, weight, method, inhibit, checkers });
  }
  return real;
}

/** Only NAT changes a port; in a group the virtual servers' ports may differ. */
function portOf(service: ServiceKey, written: number, kind: MethodDraft['kind']): number {
  if (service.kind === 'group') return written;
  if (service.kind === 'fwmark') return kind === 'NAT' ? written : 0;
  return kind === 'NAT' && written !== 0 ? written : service.port;
}

function sorryOf(
  { sorry, service, method: virtual, inhibit, lines, at }: VirtualDraft,
  servers: readonly ServerDraft[],
): SorryServer | undefined {
  if (sorry === undefined) return undefined;
  const method = methodOf(wholeMethod(sorry.method, virtual));
  const { address, port: written } = sorry.place;
  const port = method.kind === 'NAT' ? written : portOf(service, written, method.kind);
  const where = lines.get('sorry_server') ?? at;
  if (written !== 0 && written !== port)
    where.warning(`${method.kind} does not change ports: ${port || 'none'} is taken`);
  const same = servers.findLast(({ place }) => isSamePlace(place, sorry.place));
  const wanted = same === undefined ? sorry.inhibit : (same.inhibit ?? inhibit);
  if (wanted !== sorry.inhibit)
    where.warning('the sorry server is also a real_server, whose inhibit counts');
  return { address, port, method, inhibit: wanted };
}

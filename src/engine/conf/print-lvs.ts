/** Virtual servers, groups and checkers as text, everything inherited written out. */
import type { Family, IpAddress } from '../../net/address.ts';
import { type Micros, micros } from '../../time.ts';
import type {
  CheckConfig,
  CheckerConfig,
  ForwardingMethod,
  HttpProbe,
  ProbeConfig,
  ProbeTarget,
  RealServerConfig,
  ServiceKey,
  UrlCheck,
  VirtualServerConfig,
  VirtualServerGroup,
} from '../core/config-check.ts';
import { inSeconds, onOff, printCommand, printUser } from './codec.ts';
import { block } from './keyword.ts';
import { quoteWord } from './lexer.ts';
import { LONGEST_SECONDS } from './values.ts';

/** One list of lines for each block at the top level. */
export function printLvs({ tls, groups, virtualServers }: CheckConfig): string[][] {
  const ssl = Object.entries(tls ?? {}).flatMap(([keyword, value]: [string, string | undefined]) =>
    value === undefined ? [] : [`${keyword} ${quoteWord(value)}`],
  );
  return [
    ...(tls === undefined ? [] : [block('SSL', ssl)]),
    ...groups.map(printGroup),
    ...virtualServers.map(printVirtualServer),
  ];
}

function printGroup({ name, entries }: VirtualServerGroup): string[] {
  const lines = entries.map((entry) => {
    if (entry.kind === 'fwmark') {
      const which = entry.family === undefined ? '' : entry.family === 6 ? ' inet6' : ' inet';
      return `fwmark ${entry.mark}${which}`;
    }
    const range = entry.first === entry.last ? entry.first : `${entry.first}-${entry.last}`;
    return `${range}${printPort(entry.port)}`;
  });
  return block(`virtual_server_group ${quoteWord(name)}`, lines);
}

function printPort(port: number): string {
  return port === 0 ? '' : ` ${port}`;
}

function printService(service: ServiceKey): string {
  if (service.kind === 'fwmark') return `fwmark ${service.mark}`;
  if (service.kind === 'group') return `group ${quoteWord(service.group)}`;
  return `${service.address}${printPort(service.port)}`;
}

function printMethod({ kind, tunnel }: ForwardingMethod): string {
  if (tunnel === undefined) return kind;
  const port = tunnel.type === 'gue' ? ` port ${tunnel.port}` : '';
  return `${kind} type ${tunnel.type}${port} ${tunnel.checksum}`;
}

function printVirtualServer(server: VirtualServerConfig): string[] {
  const { persistence, sorryServer: sorry } = server;
  return block(`virtual_server ${printService(server.service)}`, [
    ...printLoop(server),
    `lvs_sched ${server.scheduler}`,
    ...server.schedulerFlags,
    `lvs_method ${printMethod(server.method)}`,
    ...(server.protocol === undefined ? [] : [`protocol ${server.protocol}`]),
    ...(server.service.kind === 'address'
      ? []
      : [`ip_family ${server.family === 6 ? 'inet6' : 'inet'}`]),
    ...(server.onePacket ? ['ops'] : []),
    ...(persistence === undefined
      ? []
      : [
          `persistence_timeout ${inSeconds(persistence.timeout)}`,
          `persistence_granularity ${printMask(persistence.granularity, server.family)}`,
        ]),
    ...(server.alpha ? ['alpha'] : []),
    ...(server.omega ? ['omega'] : []),
    ...(server.haSuspend ? ['ha_suspend'] : []),
    `quorum ${server.quorum}`,
    `hysteresis ${server.hysteresis}`,
    ...(server.quorumUp === undefined ? [] : [`quorum_up ${printCommand(server.quorumUp)}`]),
    ...(server.quorumDown === undefined ? [] : [`quorum_down ${printCommand(server.quorumDown)}`]),
    ...(server.mail === undefined ? [] : [`smtp_alert ${onOff(server.mail)}`]),
    ...(sorry === undefined
      ? []
      : [
          `sorry_server ${sorry.address}${printPort(sorry.port)}`,
          `sorry_server_lvs_method ${printMethod(sorry.method)}`,
          ...(sorry.inhibit ? ['sorry_server_inhibit'] : []),
        ]),
    ...server.realServers.flatMap((one) => printRealServer(one, server.service)),
  ]);
}

/** Netmasks in IPv4, where a length is not one. */
function printMask(granularity: number | IpAddress, family: Family): string {
  if (family === 6 || typeof granularity !== 'number') return `${granularity}`;
  const mask = (0xffff_ffff * 2 ** (32 - granularity)) % 2 ** 32;
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join('.');
}

/** A checker without a port has taken none from a real server without one. */
function portOf({ port, checkers }: RealServerConfig, service: ServiceKey): number {
  const bare = checkers.some(({ probe }) => 'target' in probe && probe.target.port === 0);
  return bare && service.kind === 'address' && service.port === port ? 0 : port;
}

function printRealServer(server: RealServerConfig, service: ServiceKey): string[] {
  return block(`real_server ${server.address}${printPort(portOf(server, service))}`, [
    `weight ${server.weight}`,
    `lvs_method ${printMethod(server.method)}`,
    `inhibit_on_failure ${onOff(server.inhibit)}`,
    `uthreshold ${server.upperThreshold}`,
    `lthreshold ${server.lowerThreshold}`,
    ...(server.notifyUp === undefined ? [] : [`notify_up ${printCommand(server.notifyUp)}`]),
    ...(server.notifyDown === undefined ? [] : [`notify_down ${printCommand(server.notifyDown)}`]),
    ...(server.mail === undefined ? [] : [`smtp_alert ${onOff(server.mail)}`]),
    ...server.checkers.flatMap(printChecker),
  ]);
}

/** Any other is the virtual server's `delay_loop`. */
function isMiscTimeout(timeout: Micros): boolean {
  return timeout > 0 && timeout % 1_000_000 === 0 && timeout <= LONGEST_SECONDS * 1_000_000;
}

function printLoop({ realServers }: VirtualServerConfig): string[] {
  const loop = realServers
    .flatMap(({ checkers }) => checkers)
    .find(({ timing, probe }) => probe.kind === 'MISC_CHECK' && !isMiscTimeout(timing.timeout));
  return loop === undefined ? [] : [`delay_loop ${inSeconds(loop.timing.timeout)}`];
}

function printChecker({ timing, logAll, probe }: CheckerConfig): string[] {
  const own = printProbe(probe);
  if (probe.kind === 'FILE_CHECK') return block(probe.kind, own);
  const urls = probe.kind === 'HTTP_GET' || probe.kind === 'SSL_GET' ? probe.urls.length : 1;
  return block(probe.kind, [
    ...own,
    `delay_loop ${inSeconds(timing.interval)}`,
    ...(probe.kind !== 'MISC_CHECK'
      ? [`connect_timeout ${inSeconds(micros(timing.timeout / Math.max(1, urls)))}`]
      : isMiscTimeout(timing.timeout)
        ? [`misc_timeout ${inSeconds(timing.timeout)}`]
        : []),
    `retry ${timing.fall - 1}`,
    ...(timing.retryDelay === undefined
      ? []
      : [`delay_before_retry ${inSeconds(timing.retryDelay)}`]),
    `warmup ${inSeconds(timing.warmup)}`,
    `alpha ${onOff(timing.initial === 'down')}`,
    `log_all_failures ${onOff(logAll)}`,
  ]);
}

function printProbe(probe: ProbeConfig): string[] {
  switch (probe.kind) {
    case 'HTTP_GET':
    case 'SSL_GET':
      return [...printTarget(probe.target), ...printHttp(probe)];
    case 'SMTP_CHECK':
      return [`helo_name ${quoteWord(probe.helo)}`, ...printTarget(probe.target)];
    case 'DNS_CHECK':
      return [...printTarget(probe.target), `type ${probe.type}`, `name ${quoteWord(probe.name)}`];
    case 'UDP_CHECK':
      return [
        ...printTarget(probe.target),
        ...(probe.payload === undefined ? [] : [`payload ${probe.payload}`]),
        ...(probe.reply === undefined ? [] : [`require_reply ${probe.reply}`.trimEnd()]),
        `min_reply_length ${probe.minReply}`,
        `max_reply_length ${probe.maxReply}`,
      ];
    case 'MISC_CHECK':
      return [
        `misc_path ${printCommand({ ...probe.command, user: undefined })}`,
        ...(probe.command.user === undefined ? [] : [`user ${printUser(probe.command.user)}`]),
        ...(probe.dynamic ? ['misc_dynamic'] : []),
      ];
    case 'FILE_CHECK':
      return [
        `track_file ${quoteWord(probe.file)}`,
        `weight ${probe.weight.value}${probe.weight.reverse ? ' reverse' : ''}`,
      ];
    default:
      return printTarget(probe.target);
  }
}

function printTarget(target: ProbeTarget): string[] {
  const { address, port, bindAddress, bindInterface, bindPort, mark } = target;
  return [
    `connect_ip ${address}`,
    ...(port === 0 ? [] : [`connect_port ${port}`]),
    ...(bindAddress === undefined ? [] : [`bindto ${bindAddress}`]),
    ...(bindInterface === undefined ? [] : [`bind_if ${quoteWord(bindInterface)}`]),
    ...(bindPort === 0 ? [] : [`bind_port ${bindPort}`]),
    ...(mark === 0 ? [] : [`fwmark ${mark}`]),
  ];
}

function printHttp({ version, fastRecovery, sni, sniName, urls }: HttpProbe): string[] {
  return [
    `http_protocol ${version}`,
    `fast_recovery ${onOff(fastRecovery)}`,
    ...(sni ? ['enable_sni'] : []),
    ...(sniName === undefined ? [] : [`sni_name ${quoteWord(sniName)}`]),
    ...urls.flatMap(printUrl),
  ];
}

/** A word that is read with escapes; an octal one stands for each sign that has a meaning. */
function quoteExpression(text: string): string {
  const code = (sign: string) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return `"${text.replaceAll(/[\\"$]/g, code)}"`;
}

function printUrl({ path, host, digest, status, regex }: UrlCheck): string[] {
  const codes = status.map(({ low, high }) => (low === high ? `${low}` : `${low}-${high}`));
  const names = { i: 'caseless', s: 'dotall', m: 'multiline', u: 'utf' };
  const options = [...(regex?.flags ?? '')].map((one) => names[one as keyof typeof names]);
  return block('url', [
    `path ${quoteWord(path)}`,
    ...(host === undefined ? [] : [`virtualhost ${quoteWord(host)}`]),
    ...(digest === undefined ? [] : [`digest ${digest}`]),
    `status_code ${codes.join(' ')}`,
    ...(regex === undefined
      ? []
      : [
          `regex ${quoteExpression(regex.pattern)}`,
          ...(regex.negate ? ['regex_no_match'] : []),
          ...(options.length === 0 ? [] : [`regex_options ${options.join(' ')}`]),
          `regex_min_offset ${regex.minOffset}`,
          ...(regex.maxOffset === undefined ? [] : [`regex_max_offset ${regex.maxOffset}`]),
        ]),
  ]);
}

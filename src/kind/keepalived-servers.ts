/** The virtual servers of a topology as keepalived.conf, in keywords that every 2.2 knows. */
import type { RealServerConfig, VirtualServerConfig } from '../engine/core/config-check.ts';
import type { CheckerConfig, ProbeConfig } from '../engine/core/config-checker.ts';
import type { Micros } from '../time.ts';

export function virtualServerLines(server: VirtualServerConfig): string[] {
  const { service, persistence, sorryServer, quorum, hysteresis } = server;
  if (service.kind !== 'address') return [];
  return inBlock(`virtual_server ${service.address} ${service.port}`, [
    `protocol ${server.protocol}`,
    `lvs_sched ${server.scheduler}`,
    `lvs_method ${server.method.kind}`,
    persistence && `persistence_timeout ${seconds(persistence.timeout)}`,
    `quorum ${quorum}`,
    `hysteresis ${hysteresis}`,
    sorryServer && `sorry_server ${sorryServer.address} ${sorryServer.port}`,
    ...server.realServers.flatMap(realServerLines),
  ]);
}

function realServerLines({ address, port, weight, checkers }: RealServerConfig): string[] {
  return inBlock(`real_server ${address} ${port}`, [
    `weight ${weight}`,
    ...checkers.flatMap(checkerLines),
  ]);
}

function checkerLines({ timing, probe }: CheckerConfig): string[] {
  return inBlock(probe.kind, [
    `delay_loop ${seconds(timing.interval)}`,
    `warmup ${seconds(timing.warmup)}`,
    `retry ${timing.fall - 1}`,
    timing.retryDelay !== undefined && `delay_before_retry ${seconds(timing.retryDelay)}`,
    ...probeLines(probe, timing.timeout),
  ]);
}

function probeLines(probe: ProbeConfig, timeout: Micros): string[] {
  switch (probe.kind) {
    case 'MISC_CHECK':
      return [
        `misc_path "${probe.command.argv.join(' ')}"`,
        `misc_timeout ${seconds(timeout)}`,
        'user root',
      ];
    case 'HTTP_GET':
    case 'SSL_GET':
      return [
        `connect_timeout ${seconds(timeout)}`,
        ...probe.urls.flatMap(({ path, regex }) =>
          inBlock('url', [
            `path ${path}`,
            'status_code 200-299',
            regex && `regex "${regex.pattern}"`,
          ]),
        ),
      ];
    default:
      return [`connect_timeout ${seconds(timeout)}`];
  }
}

function seconds(time: Micros): number {
  return time / 1_000_000;
}

/** A block with the lines that there are. */
export function inBlock(name: string, inner: readonly (string | false | undefined)[]): string[] {
  const lines = inner.filter((line) => typeof line === 'string');
  return [`${name} {`, ...lines.map((line) => `    ${line}`), '}'];
}

/** Starts the network probes of health checks. */
import type { SocketProbe } from '../../engine/core/config-checker.ts';
import type { Micros } from '../../time.ts';
import type { TlsKeys } from '../check/tls-keys.ts';
import { dnsProbe } from './dns.ts';
import { httpProbe } from './http.ts';
import { PingSockets } from './ping.ts';
import { type Abort, type Done, type Report, run } from './running.ts';
import { smtpProbe } from './smtp.ts';
import { tcpProbe } from './tcp.ts';
import { udpProbe } from './udp.ts';

export class Probes {
  private tls: TlsKeys | undefined;
  private readonly pings = new PingSockets();

  constructor(tls: TlsKeys | undefined) {
    this.tls = tls;
  }

  configure(tls: TlsKeys | undefined): void {
    this.tls = tls;
  }

  /** `done` is called once, later, and not after an abort. */
  start(config: SocketProbe, timeout: Micros, done: Done): Abort {
    return run((report) => this.open(config, timeout, report), done);
  }

  private open(config: SocketProbe, timeout: Micros, report: Report): () => void {
    switch (config.kind) {
      case 'TCP_CHECK':
        return tcpProbe(config.target, report);
      case 'PING_CHECK':
        return this.pings.ask(config.target, report);
      case 'HTTP_GET':
      case 'SSL_GET':
        return httpProbe(config, this.tls, report);
      case 'SMTP_CHECK':
        return smtpProbe(config, report);
      case 'DNS_CHECK':
        return dnsProbe(config, report);
      case 'UDP_CHECK':
        return udpProbe(config, timeout, report);
    }
  }

  close(): void {
    this.pings.close();
  }
}

/** Serves the MIBs that the configuration enables, and sends notifications with `enable_traps`. */
import type { DaemonConfig } from '../../engine/core/config.ts';
import { agentAddress, type SnmpConfig } from '../../engine/core/config-process.ts';
import { globalMib, KEEPALIVED_MIB, keepalivedMib } from '../../engine/snmp/keepalived-mib.ts';
import { serverMib } from '../../engine/snmp/server-mib.ts';
import type { MibSource } from '../../engine/snmp/source.ts';
import {
  groupTraps,
  type Refused,
  refusedTraps,
  stateTraps,
  type Trap,
} from '../../engine/snmp/traps.ts';
import { type MibView, viewOf } from '../../engine/snmp/view.ts';
import { VRRP_MIB, vrrpv2Mib } from '../../engine/snmp/vrrpv2-mib.ts';
import { VRRPV3_MIB, vrrpv3Mib } from '../../engine/snmp/vrrpv3-mib.ts';
import type { Oid, VarBind } from '../../net/agentx.ts';
import type { Log } from '../log.ts';
import type { ForwardedEffect } from '../vrrp/vrrp-messages.ts';
import { AgentxClient } from './agentx-client.ts';

/** Age of a view: an SNMP walk asks for each value alone, and all should be of one moment. */
const FRESH_MS = 1_000;

interface Served {
  readonly subtree: Oid;
  readonly wanted: (snmp: SnmpConfig) => boolean;
  readonly build: (source: MibSource) => VarBind[];
}

const SERVED: readonly Served[] = [
  {
    subtree: KEEPALIVED_MIB,
    wanted: ({ keepalived, checker }) => keepalived || checker,
    build: (source) => [
      ...globalMib(source),
      ...(source.config.global.snmp.keepalived ? keepalivedMib(source) : []),
      ...(source.config.global.snmp.checker ? serverMib(source) : []),
    ],
  },
  { subtree: VRRP_MIB, wanted: ({ rfcv2 }) => rfcv2, build: vrrpv2Mib },
  { subtree: VRRPV3_MIB, wanted: ({ rfcv3 }) => rfcv3, build: vrrpv3Mib },
];

export class Snmp {
  private readonly ask: () => Promise<MibSource>;
  private readonly log: Log;
  private client: AgentxClient | undefined;
  private config: SnmpConfig | undefined;
  private view: Promise<MibView> | undefined;
  private viewAt = 0;
  /** Notifications go out in the order of their events. */
  private turn: Promise<void> = Promise.resolve();

  constructor(ask: () => Promise<MibSource>, log: Log) {
    this.ask = ask;
    this.log = log;
  }

  configure({ global }: DaemonConfig): void {
    const changed = JSON.stringify(global.snmp) !== JSON.stringify(this.config);
    this.config = global.snmp;
    this.view = undefined;
    if (!changed) return;
    this.close();
    const wanted = SERVED.filter((mib) => mib.wanted(global.snmp));
    const address = agentAddress(global.snmp.socket);
    if (wanted.length === 0 || address === undefined) return;
    const subtrees = wanted.map(({ subtree }) => subtree);
    this.client = new AgentxClient(address, subtrees, () => this.fresh(wanted), this.log);
  }

  handle(effect: ForwardedEffect): void {
    if (effect.kind === 'state')
      this.sendTraps((source) => {
        const status = source.router?.instances.find(({ name }) => name === effect.instance);
        return stateTraps(effect, status?.source ?? null, source);
      });
    else if (effect.kind === 'group-state') this.sendTraps((source) => groupTraps(effect, source));
  }

  refused(refused: Refused): void {
    this.sendTraps((source) => refusedTraps(refused, source));
  }

  close(): void {
    this.client?.close();
    this.client = undefined;
  }

  private sendTraps(trapsOf: (source: MibSource) => Trap[]): void {
    if (this.client === undefined || this.config?.traps !== true) return;
    this.turn = this.turn.then(async () => {
      for (const trap of trapsOf(await this.ask())) this.client?.notify(trap);
    });
  }

  private fresh(wanted: readonly Served[]): Promise<MibView> {
    const now = performance.now();
    if (this.view === undefined || now - this.viewAt > FRESH_MS) {
      this.viewAt = now;
      this.view = this.ask().then((source) => viewOf(wanted.flatMap(({ build }) => build(source))));
    }
    return this.view;
  }
}

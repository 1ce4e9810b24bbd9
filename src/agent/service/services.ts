/** The services of a node and the faults in force on them: each fault changes its service at once. */
import { type Conduct, conductOf, misfitOf } from '../../fault/conduct.ts';
import type { ServiceFault } from '../../fault/service.ts';
import type { Service } from '../../topology/service.ts';
import { openService } from './open-service.ts';
import type { OpenService } from './service.ts';

interface Served {
  readonly service: Service;
  readonly open: OpenService;
  readonly faults: Map<string, ServiceFault>;
  conduct: Conduct;
  asked: number;
  running: boolean;
  flapping: NodeJS.Timeout | undefined;
}

export class Services {
  private readonly node: () => string;
  private readonly byName = new Map<string, Served>();

  constructor(node: () => string) {
    this.node = node;
  }

  /** Answers why it does not listen, or undefined. */
  async serve(service: Service): Promise<string | undefined> {
    const served: Served = {
      service,
      open: openService({
        service,
        node: this.node(),
        asked: (answer) => {
          served.asked++;
          const { conduct } = served;
          if (!conduct.hang) setTimeout(() => answer(conduct), conduct.delay / 1_000);
          return !conduct.hang;
        },
      }),
      faults: new Map(),
      conduct: conductOf([]),
      asked: 0,
      running: true,
      flapping: undefined,
    };
    this.byName.set(service.name, served);
    return served.open.start();
  }

  /** The service that a fault names, or why the fault cannot be applied to it. */
  target(fault: ServiceFault): Service | string {
    const served = this.byName.get(fault.service);
    if (served === undefined) return `there is no service ${fault.service} here`;
    return misfitOf(fault, served.service) ?? served.service;
  }

  /** Connections and questions since the last fault. */
  asked(name: string): number {
    return this.byName.get(name)?.asked ?? 0;
  }

  apply(id: string, fault: ServiceFault): void {
    const served = this.byName.get(fault.service);
    if (served === undefined) return;
    served.faults.set(id, fault);
    served.asked = 0;
    this.applyBehaviour(served);
  }

  lift(id: string, fault: ServiceFault): void {
    const served = this.byName.get(fault.service);
    if (served?.faults.delete(id) === true) this.applyBehaviour(served);
  }

  private applyBehaviour(served: Served): void {
    const faults = [...served.faults.values()];
    const before = served.conduct;
    served.conduct = conductOf(faults);
    if (served.conduct.expired !== before.expired) served.open.changed(served.conduct);
    clearInterval(served.flapping);
    const flap = faults.find(({ kind }) => kind === 'service.flap');
    const { stopped } = served.conduct;
    setRunning(served, !stopped && flap === undefined);
    if (stopped || flap?.kind !== 'service.flap') return;
    served.flapping = setInterval(() => setRunning(served, !served.running), flap.every / 2_000);
  }
}

function setRunning(served: Served, running: boolean): void {
  if (served.running === running) return;
  served.running = running;
  if (running) void served.open.start();
  else served.open.stop();
}

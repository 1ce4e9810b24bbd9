/** Carries out the runner's commands, one method a kind, and answers each with its result. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../errors.ts';
import { monotonicNow } from '../linux/clock.ts';
import { type FrameFilter, openFrameFilter } from '../linux/frame-filter.ts';
import { openRouteSocket, type RouteSocket } from '../linux/route-socket.ts';
import type { Micros } from '../time.ts';
import { CheckScripts } from './check-scripts.ts';
import { Faults } from './faults/faults.ts';
import { fenceOff } from './fence.ts';
import { startHeartbeat } from './heartbeat.ts';
import { startHttpProbe } from './http-probe.ts';
import { makeFifo, notifyEvent, readLines } from './line-fifo.ts';
import { startProbe, startResponder } from './probe.ts';
import { type AgentCommand, type AgentResult, type RequestOf, resultOf } from './protocol.ts';
import { ask, Router } from './router.ts';
import { say } from './say.ts';
import { Services } from './service/services.ts';
import { addGateways, setUpInterfaces } from './setup.ts';
import { startCapture } from './tap.ts';
import { until } from './wait.ts';
import { startWatch } from './watch.ts';

type Result = AgentResult | Promise<AgentResult>;

const OK: AgentResult = { ok: true };

export class Agent {
  private node = '';
  private routes: RouteSocket | undefined;
  private filter: FrameFilter | undefined;
  /** The FIFO of the notify script, open while the node runs. */
  private notifyLines: ReturnType<typeof readLines> | undefined;
  private readonly router = new Router(() => this.node);
  private readonly services = new Services(() => this.node);
  private readonly scripts = new CheckScripts();
  private readonly faults = new Faults({
    node: () => this.node,
    router: this.router,
    services: this.services,
    scripts: this.scripts,
    unplug: () => this.unplug(),
  });

  async handle(command: AgentCommand): Promise<void> {
    let result: AgentResult;
    try {
      result = await this.perform(command);
    } catch (error) {
      result = resultOf(messageOf(error));
    }
    say({
      kind: 'reply',
      id: command.id,
      at: result.ok && result.at !== undefined ? result.at : monotonicNow(),
      result,
    });
  }

  private perform(command: AgentCommand): Result {
    switch (command.kind) {
      case 'ping':
        return OK;
      case 'setup': {
        this.node = command.node;
        const interfaces = setUpInterfaces(this.routeSocket(), command.interfaces);
        const names = interfaces.map(({ name }) => name);
        const overruns = startWatch(this.node, this.routeSocket(), names);
        startHeartbeat((late) => this.beat(late, overruns()));
        return { ok: true, interfaces };
      }
      case 'write':
        for (const { path, text, executable = false } of command.files) {
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, text);
          if (executable) chmodSync(path, 0o755);
        }
        return OK;
      case 'gateways':
        addGateways(this.routeSocket(), command.addresses);
        return OK;
      case 'serve':
        return this.services.serve(command.service).then(resultOf);
      case 'scripts':
        this.scripts.start(command.folder, command.names);
        return OK;
      case 'notify':
        return this.listen(command);
      case 'http-probe':
        return startHttpProbe(this.node, command);
      case 'ask':
        return ask(command.argv);
      case 'spawn':
        return this.router.start(command);
      case 'respond':
        return startResponder(this.node, command);
      case 'probe':
        return startProbe(command);
      case 'inject':
        return this.faults.inject(command.faultId, command.fault, command.at);
      case 'heal':
        return this.faults.heal(command.faultId, command.fault);
      case 'capture':
        startCapture(this.routeSocket(), command.segments);
        return OK;
      case 'cable':
        return this.cable(command);
      case 'fence':
        this.filter ??= openFrameFilter();
        return resultOf(fenceOff(this.routeSocket(), this.filter, command.bridges));
    }
  }

  private beat(late: Micros, dropped: number): void {
    const about = { at: monotonicNow(), source: 'agent', node: this.node } as const;
    say({ kind: 'event', event: { kind: 'heartbeat', ...about, late, dropped } });
  }

  private listen({ fifo }: RequestOf<'notify'>): AgentResult {
    const problem = makeFifo(fifo);
    if (problem !== undefined) return resultOf(problem);
    this.notifyLines?.destroy();
    this.notifyLines = readLines(fifo, (line) => {
      const event = notifyEvent(line, this.node);
      if (event !== undefined) say({ kind: 'event', event });
    });
    return OK;
  }

  /** Pulls or plugs the host's end of a veth pair. */
  private async cable(command: RequestOf<'cable'>): Promise<AgentResult> {
    const { ifindex, up } = command;
    const routes = this.routeSocket();
    await until(command.at);
    const at = monotonicNow();
    const outcome = routes.setLink({ ifindex, up });
    if (outcome === 'done') return { ok: true, at };
    return resultOf(`interface ${ifindex} could not be set ${up ? 'up' : 'down'}: ${outcome}`);
  }

  private unplug(): void {
    const routes = this.routeSocket();
    for (const { name, ifindex } of routes.listLinks())
      if (name !== 'lo') routes.setLink({ ifindex, up: false });
  }

  private routeSocket(): RouteSocket {
    this.routes ??= openRouteSocket();
    return this.routes;
  }
}

/** Probes of the health checks over the simulated network: the twins of those in `daemon/probe/`. */
import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type {
  HttpProbe,
  ProbeTarget,
  SocketProbe,
  UdpProbe,
} from '../engine/core/config-checker.ts';
import { type Micros, micros } from '../time.ts';
import { type Answer, ask, type FailureCode, type Question } from './ask.ts';
import type { Internet } from './journey.ts';
import type { Kernel } from './kernel.ts';
import { foundIn } from './page-search.ts';

export type ProbeDone = (ok: boolean, detail: string) => void;

export interface RunningProbe {
  /** No result follows. */
  close(): void;
}

/** Without an answer to wait for, silence for most of the timeout is a success. */
const SILENCE = 0.9;

const REASONS: Readonly<Record<FailureCode, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
};

export function startProbe(
  config: SocketProbe,
  timeout: Micros,
  from: Kernel,
  net: Internet,
  done: ProbeDone,
): RunningProbe {
  switch (config.kind) {
    case 'HTTP_GET':
    case 'SSL_GET':
      return pages(config, from, net, done);
    case 'UDP_CHECK':
      return datagram(config, timeout, from, net, done);
    case 'SMTP_CHECK':
      // No simulated service speaks SMTP: a server that accepts the connection never greets.
      return mute({ kind: 'connect', ...at(config.target) }, from, net, done);
    case 'DNS_CHECK':
      return mute({ kind: 'udp', ...at(config.target) }, from, net, done);
    default: {
      const kind = config.kind === 'PING_CHECK' ? 'ping' : 'connect';
      const good = kind === 'ping' ? 'echo reply' : 'connected';
      return ask(from, { kind, ...at(config.target) }, net, (answer) => {
        const problem = problemOf(answer);
        done(problem === undefined, problem ?? good);
      });
    }
  }
}

function at({ address, port }: ProbeTarget): Pick<Question, 'to' | 'port'> {
  return { to: address, port };
}

function problemOf(answer: Answer): string | undefined {
  if (answer.kind === 'garbled') return 'not an answer in this protocol';
  return answer.kind === 'failed' ? REASONS[answer.code] : undefined;
}

function mute(question: Question, from: Kernel, net: Internet, done: ProbeDone): RunningProbe {
  return ask(from, question, net, (answer) => {
    const problem = problemOf(answer);
    if (problem !== undefined) done(false, problem);
  });
}

/** Every url in turn, over a connection of its own. */
function pages(config: HttpProbe, from: Kernel, net: Internet, done: ProbeDone): RunningProbe {
  const kind = config.kind === 'SSL_GET' ? 'https' : 'http';
  let current: RunningProbe | undefined;
  const next = (i: number, last: string): void => {
    const url = config.urls[i];
    if (url === undefined) {
      done(true, last);
      return;
    }
    current = ask(from, { kind, ...at(config.target) }, net, (answer) => {
      const problem = problemOf(answer) ?? pageProblem(kind, url, answer);
      if (problem !== undefined) done(false, `${url.path}: ${problem}`);
      else next(i + 1, answer.kind === 'answered' ? `status ${answer.conduct.status}` : last);
    });
  };
  next(0, 'no url');
  return { close: () => current?.close() };
}

function pageProblem(
  kind: 'http' | 'https',
  { status: good, digest, regex }: HttpProbe['urls'][number],
  answer: Answer,
): string | undefined {
  if (answer.kind !== 'answered') return undefined;
  const { expired, status, body } = answer.conduct;
  if (kind === 'https' && expired) return 'the certificate expired';
  if (!good.some(({ low, high }) => status >= low && status <= high)) return `status ${status}`;
  const page = `${body}\n`;
  const sum = digest === undefined ? undefined : bytesToHex(md5(utf8ToBytes(page)));
  if (sum !== digest) return `digest ${sum}`;
  if (regex === undefined) return undefined;
  const found = foundIn(page, regex);
  if (found !== regex.negate) return undefined;
  return found ? 'the expression matches' : 'the expression does not match';
}

function datagram(
  { target, reply }: UdpProbe,
  timeout: Micros,
  from: Kernel,
  net: Internet,
  done: ProbeDone,
): RunningProbe {
  let over = false;
  const end: ProbeDone = (ok, detail) => {
    if (over) return;
    over = true;
    done(ok, detail);
  };
  const asking = ask(from, { kind: 'udp', ...at(target) }, net, (answer) => {
    const problem = problemOf(answer);
    end(problem === undefined, problem ?? 'answered');
  });
  if (reply === undefined)
    net.world.after(micros(timeout * SILENCE), () => end(true, 'no ICMP error'));
  return {
    close: () => {
      over = true;
      asking.close();
    },
  };
}

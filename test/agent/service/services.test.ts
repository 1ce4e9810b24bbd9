import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { askHttp, type HttpOutcome } from '../../../src/agent/http-probe.ts';
import { Services } from '../../../src/agent/service/services.ts';
import type { ServiceFault } from '../../../src/fault/service.ts';
import { ip } from '../../../src/net/address.ts';
import { micros, seconds } from '../../../src/time.ts';

const HERE = ip('127.0.0.1');
const services = new Services(() => 'web1');
const applied: [string, ServiceFault][] = [];

const strike = (fault: ServiceFault): void => {
  const id = `f${applied.length}`;
  applied.push([id, fault]);
  services.apply(id, fault);
};
const heal = (): void => {
  for (const [id, fault] of applied.splice(0)) services.lift(id, fault);
};
afterEach(heal);

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function serve(name: string, protocol: 'http' | 'https' | 'tcp' | 'udp'): Promise<number> {
  const port = await freePort();
  expect(await services.serve({ name, protocol, port })).toBeUndefined();
  return port;
}

function get(port: number, timeout = seconds(5)): Promise<HttpOutcome> {
  const target = { address: HERE, port, path: '/any', timeoutUs: timeout };
  return new Promise((resolve) => askHttp(target, resolve));
}

describe('an http service', () => {
  it('answers every path with the name of its node, and applies each fault from the next request on', async () => {
    const port = await serve('http', 'http');
    const on = { node: 'web1', service: 'http' };
    expect(await get(port)).toEqual({ ok: true, status: 200, by: 'web1' });

    strike({ kind: 'service.status', ...on, status: 500 });
    expect(services.asked('http')).toBe(0);
    strike({ kind: 'service.body', ...on, body: 'sorry' });
    expect(await get(port)).toEqual({ ok: false, status: 500, by: 'web1' });
    expect(services.asked('http')).toBe(1);

    strike({ kind: 'service.hang', ...on });
    expect(await get(port, micros(50_000))).toEqual({ ok: false, problem: 'timeout' });
    heal();
    expect(await get(port)).toEqual({ ok: true, status: 200, by: 'web1' });

    strike({ kind: 'service.slow', ...on, delay: seconds(20) });
    expect(await get(port, micros(50_000))).toEqual({ ok: false, problem: 'timeout' });
    heal();

    strike({ kind: 'service.stop', ...on });
    expect(await get(port)).toEqual({ ok: false, problem: 'ECONNREFUSED' });
    heal();
    expect(await get(port)).toMatchObject({ ok: true });
  });

  it('flaps with equal up and down times, and is up when the fault ends', async () => {
    const port = await serve('flapping', 'http');
    const every = micros(60_000);
    strike({ kind: 'service.flap', node: 'web1', service: 'flapping', every });
    const seen = new Set<boolean>();
    while (seen.size < 2) seen.add((await get(port)).ok);
    heal();
    expect(await get(port)).toMatchObject({ ok: true });
  });

  it('gives the reason if a fault cannot be applied', async () => {
    await serve('plain', 'http');
    expect(services.target({ kind: 'tls.expired', node: 'web1', service: 'plain' })).toMatch(
      /speaks http: it has no certificate/,
    );
    expect(services.target({ kind: 'service.stop', node: 'web1', service: 'other' })).toMatch(
      /there is no service other/,
    );
  });

  it('gives the reason if it cannot listen', async () => {
    const port = await serve('first', 'tcp');
    expect(await services.serve({ name: 'second', protocol: 'http', port })).toMatch(/EADDRINUSE/);
  });
});

describe('an https service', () => {
  it('presents a valid certificate, and an expired one from the next connection on', async () => {
    const port = await serve('https', 'https');
    const expires = async (): Promise<number> => {
      const socket = connectTls({ host: HERE, port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { valid_to: end } = socket.getPeerCertificate();
      socket.destroy();
      return Date.parse(end);
    };
    expect(await expires()).toBeGreaterThan(Date.now());
    strike({ kind: 'tls.expired', node: 'web1', service: 'https' });
    expect(await expires()).toBeLessThan(Date.now());
    heal();
    expect(await expires()).toBeGreaterThan(Date.now());
  });
});

describe('tcp and udp services', () => {
  it('send the name of their node on connection', async () => {
    const port = await serve('tcp', 'tcp');
    const socket = connect({ host: HERE, port });
    const [greeting] = await once(socket, 'data');
    expect(String(greeting)).toBe('web1\n');
    const ended = once(socket, 'close');
    strike({ kind: 'service.stop', node: 'web1', service: 'tcp' });
    await ended;
  });

  it('echo with the name of their node until they hang', async () => {
    const port = await serve('udp', 'udp');
    const socket = createSocket('udp4');
    const ask = async (text: string): Promise<string> => {
      const answer = once(socket, 'message');
      socket.send(text, port, HERE);
      return String((await answer)[0]);
    };
    expect(await ask('one')).toBe('one web1');
    strike({ kind: 'service.hang', node: 'web1', service: 'udp' });
    const answered: string[] = [];
    socket.on('message', (payload) => answered.push(String(payload)));
    socket.send('two', port, HERE);
    while (services.asked('udp') === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    heal();
    expect(await ask('three')).toBe('three web1');
    expect(answered).toEqual(['three web1']);
    socket.close();
  });
});

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTls } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTlsKeys } from '../../../src/daemon/check/tls-keys.ts';
import { Probes } from '../../../src/daemon/probe/probes.ts';
import { findWithin } from '../../../src/daemon/probe/regex.ts';
import type { ProbeResult } from '../../../src/daemon/probe/running.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import type { TlsFiles } from '../../../src/engine/core/config-check.ts';
import type { SocketProbe } from '../../../src/engine/core/config-checker.ts';
import { milliseconds } from '../../../src/time.ts';

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

/** Until the engine of expressions is compiled, it may exceed the limit on a busy machine. */
beforeAll(() => {
  const regex = { pattern: 'well$', negate: false, flags: '', minOffset: 0, maxOffset: undefined };
  for (let i = 0; i < 100; i++) findWithin(regex, 'all is well');
});

/** The probe that a checker of a real server at this port asks. */
function probe(port: number, text: string): SocketProbe {
  const file = `virtual_server 127.0.0.9 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\nreal_server 127.0.0.1 ${port} {\n${text}\n}\n}`;
  const { config, issues } = parseConfig(file, 'probe.conf');
  expect(issues).toEqual([]);
  const found = config.check.virtualServers[0]?.realServers[0]?.checkers[0]?.probe;
  if (found === undefined || found.kind === 'MISC_CHECK' || found.kind === 'FILE_CHECK')
    throw new Error('no such probe');
  return found;
}

const probes = new Probes(undefined);

function ask(port: number, text: string, files?: TlsFiles): Promise<ProbeResult> {
  probes.configure(readTlsKeys(files));
  return new Promise((resolve) => {
    probes.start(probe(port, text), milliseconds(300), resolve);
  });
}

function listening(server: {
  listen(port: number, host: string, done: () => void): unknown;
  close(): unknown;
  address(): unknown;
}): Promise<number> {
  closers.push(() => server.close());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function web(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener);
  closers.push(() => server.closeAllConnections());
  return listening(server);
}

function tcp(talk: (socket: Socket) => void): Promise<number> {
  return listening(
    createTcp((socket) => {
      socket.on('error', () => {});
      closers.push(() => socket.destroy());
      talk(socket);
    }),
  );
}

/** A closed port. */
async function deaf(): Promise<number> {
  const server = createTcp();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

describe('TCP_CHECK', () => {
  it('succeeds on a connection and fails on a refusal', async () => {
    const port = await tcp(() => {});
    expect(await ask(port, 'TCP_CHECK { }')).toEqual({ ok: true, detail: 'connected' });
    expect(await ask(await deaf(), 'TCP_CHECK { }')).toEqual({
      ok: false,
      detail: 'connection refused',
    });
  });

  it('binds to bindto and bind_port', async () => {
    const from = await new Promise<string>((resolve) => {
      void tcp((socket) => resolve(`${socket.remoteAddress}`)).then((port) =>
        ask(port, 'TCP_CHECK { bindto 127.0.0.7 }'),
      );
    });
    expect(from).toBe('127.0.0.7');
    const port = await tcp(() => {});
    expect(await ask(port, 'TCP_CHECK { bindto 192.0.2.1 }')).toEqual({
      ok: false,
      detail: 'the bindto address is not on this host',
    });
  });

  it('reports nothing after it was aborted', async () => {
    const results: ProbeResult[] = [];
    const port = await tcp(() => {});
    const config = probe(port, 'TCP_CHECK { }');
    const abort = probes.start(config, milliseconds(300), (result) => results.push(result));
    abort();
    await ask(port, 'TCP_CHECK { }');
    expect(results).toEqual([]);
  });
});

describe('HTTP_GET', () => {
  const sum = createHash('md5').update('all is well').digest('hex');

  it('checks the status, the digest, the regex and every url', async () => {
    const port = await web(({ url }, response) => {
      response.statusCode = url === '/teapot' ? 418 : 200;
      response.end('all is well');
    });
    const get = (...urls: string[]) =>
      ask(port, `HTTP_GET {\n${urls.map((url) => `url {\n${url}\n}`).join('\n')}\n}`);
    expect(await get('path /')).toEqual({ ok: true, detail: 'status 200' });
    expect(await get('path /teapot')).toEqual({ ok: false, detail: '/teapot: status 418' });
    expect(await get('path /teapot\n status_code 200 400-420')).toMatchObject({ ok: true });
    expect(await get(`path /\n digest ${sum}`)).toMatchObject({ ok: true });
    expect(
      await get(`path /\n digest ${sum.replace(/./, (c) => (c === '0' ? '1' : '0'))}`),
    ).toEqual({
      ok: false,
      detail: `/: digest ${sum}`,
    });
    expect(await get('path /\n regex well$')).toMatchObject({ ok: true });
    expect(await get('path /\n regex WELL\n regex_options caseless\n regex_no_match')).toEqual({
      ok: false,
      detail: '/: the expression matches',
    });
    expect(await get('path /\n regex well\n regex_max_offset 3')).toMatchObject({ ok: false });
    expect(await get('path /', 'path /teapot')).toMatchObject({ ok: false });
  });

  it('sends the configured host and HTTP version', async () => {
    const requests: string[] = [];
    const port = await tcp((socket) =>
      socket.on('data', (data) => {
        requests.push(data.toString());
        socket.end('HTTP/1.0 200 OK\r\n\r\n');
      }),
    );
    for (const more of [
      '',
      'http_protocol 1.0C',
      'http_protocol 1.1\n virtualhost www.example.org',
    ])
      expect(await ask(port, `HTTP_GET {\n${more}\n url {\n path /x\n}\n}`)).toMatchObject({
        ok: true,
      });
    const [plain = '', closing = '', modern = ''] = requests;
    expect(plain).toContain(`GET /x HTTP/1.0\r\n`);
    expect(plain).toContain(`Host: 127.0.0.1:${port}\r\n`);
    expect(plain).not.toContain('Connection');
    expect(closing).toContain('Connection: close\r\n');
    expect(modern).toContain('GET /x HTTP/1.1\r\n');
    expect(modern).toContain('Host: www.example.org\r\n');
  });

  it('reads chunked bodies, and at most one mebibyte', async () => {
    const port = await web((request, response) => {
      response.write('all is ');
      if (request.url === '/short') response.end('well');
      else for (let i = 0; i < 40; i++) response.write('x'.repeat(65_536));
    });
    const get = (url: string) => ask(port, `HTTP_GET {\n http_protocol 1.1\n url {\n${url}\n}\n}`);
    expect(await get(`path /short\n digest ${sum}`)).toMatchObject({ ok: true });
    expect(await get(`path /endless\n digest ${sum}`)).toEqual({
      ok: false,
      detail: '/endless: the body is larger than 1048576 bytes',
    });
    expect(await get('path /endless')).toMatchObject({ ok: true });
  });

  it.each([
    [
      'an extension of a chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;',
      'the answer is larger than 4194304 bytes',
    ],
    [
      'chunks of nothing but extensions',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      'the answer is larger than 4194304 bytes',
    ],
    ['a status line', 'HTTP/1.1 200 ', 'not an answer in HTTP'],
    ['a header', 'HTTP/1.1 200 OK\r\nX: ', 'not an answer in HTTP'],
  ])('stops reading an endless %s', async (what, head, detail) => {
    let sent = 0;
    const more = what.startsWith('chunks')
      ? `1;${'x'.repeat(1_000)}\r\na\r\n`.repeat(64)
      : 'x'.repeat(65_536);
    const port = await tcp((socket) => {
      socket.write(head);
      const fill = (): void => {
        while (!socket.destroyed && socket.write(more)) sent += more.length;
      };
      socket.on('drain', fill);
      fill();
    });
    const url = `path /\n digest ${'0'.repeat(32)}`;
    expect(await ask(port, `HTTP_GET {\n http_protocol 1.1\n url {\n${url}\n}\n}`)).toEqual({
      ok: false,
      detail: `/: ${detail}`,
    });
    // The connection is closed: at most its buffers were sent beyond the limit.
    expect(sent).toBeLessThan(32 * 1_048_576);
  });

  it.each([
    ['nothing at all', '', 'no answer'],
    ['noise', '\0\x01\x02 what?\r\n\r\n', 'not an answer in HTTP'],
    [
      'half an answer',
      'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc',
      'the answer ended too early',
    ],
  ])('refuses %s', async (_, answer, detail) => {
    const port = await tcp((socket) => socket.end(answer));
    expect(await ask(port, 'HTTP_GET {\n url {\n path /\n}\n}')).toEqual({
      ok: false,
      detail: `/: ${detail}`,
    });
  });

  it('stops an expression that never ends', () => {
    const regex = {
      pattern: '(?=a)(a+)+b',
      negate: false,
      flags: '',
      minOffset: 0,
      maxOffset: undefined,
    };
    expect(findWithin(regex, 'a'.repeat(5_000))).toBeUndefined();
    expect(findWithin(regex, 'xaab')).toBe(true);
  });

  it('evaluates in linear time if the expression allows it', () => {
    const regex = { negate: false, flags: '', minOffset: 0, maxOffset: undefined };
    expect(findWithin({ ...regex, pattern: '(a+)+b' }, 'a'.repeat(5_000))).toBe(false);
  });
});

describe('SSL_GET', () => {
  const folder = mkdtempSync(join(tmpdir(), 'halab-tls-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  /** A key and a self-signed certificate that expires in `days`, which may be negative. */
  const certificate = (name: string, ...validity: string[]) => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=web',
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.pem`),
      ...validity,
    );
    return { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) };
  };
  const GET = 'SSL_GET {\n url {\n path /\n}\n}';
  const none = { ca: undefined, certificate: undefined, key: undefined, password: undefined };

  it('fetches over TLS and trusts any certificate, or only those signed by ca', async () => {
    const port = await listening(
      createTls(certificate('good', '-days', '2'), (_, response) => response.end('ok')),
    );
    certificate('other', '-days', '2');
    expect(await ask(port, GET)).toMatchObject({ ok: true });
    expect(await ask(port, GET, { ...none, ca: file('good.pem') })).toMatchObject({ ok: true });
    expect(await ask(port, GET, { ...none, ca: file('other.pem') })).toMatchObject({ ok: false });
    expect(await ask(port, GET, { ...none, ca: '/nowhere.pem' })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('ENOENT') as string,
    });
  });

  it('refuses an expired certificate', async () => {
    openssl(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=web',
      '-keyout',
      file('old.key'),
      '-out',
      file('old.csr'),
    );
    openssl(
      'x509',
      '-req',
      '-in',
      file('old.csr'),
      '-signkey',
      file('old.key'),
      '-days',
      '-1',
      '-out',
      file('old.pem'),
    );
    const port = await listening(
      createTls(
        { key: readFileSync(file('old.key')), cert: readFileSync(file('old.pem')) },
        (_, response) => response.end('ok'),
      ),
    );
    expect(await ask(port, GET)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('the certificate expired on') as string,
    });
  });

  it('sends the host in the handshake (SNI) if configured', async () => {
    const names: (string | false)[] = [];
    const server = createTls(certificate('named', '-days', '2'), (request, response) => {
      names.push((request.socket as unknown as { servername: string | false }).servername);
      response.end('ok');
    });
    const port = await listening(server);
    for (const more of ['', 'enable_sni\n', 'enable_sni\n sni_name other.example.org\n'])
      await ask(port, `SSL_GET {\n${more} url {\n path /\n virtualhost www.example.org\n}\n}`);
    expect(names).toEqual([false, 'www.example.org', 'other.example.org']);
  });

  it('fails with the reason if the server does not speak TLS', async () => {
    const port = await tcp((socket) => socket.end('hello\r\n'));
    expect(await ask(port, GET)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^\/: TLS: /) as string,
    });
  });
});

describe('SMTP_CHECK', () => {
  const server = (greeting: string, helo: string, received: string[] = []) =>
    tcp((socket) => {
      socket.write(greeting);
      socket.on('data', (data) => {
        received.push(data.toString());
        socket.write(helo);
      });
    });

  it('sends HELO and succeeds on 220 and 250', async () => {
    const received: string[] = [];
    const port = await server('220-hello\r\n220 mail\r\n', '250 nice to meet you\r\n', received);
    expect(await ask(port, 'SMTP_CHECK {\n helo_name check.example.org\n}')).toEqual({
      ok: true,
      detail: 'greeted',
    });
    expect(received[0]).toBe('HELO check.example.org\r\n');
  });

  it('fails on any other reply', async () => {
    expect(await ask(await server('554 no\r\n', ''), 'SMTP_CHECK { }')).toEqual({
      ok: false,
      detail: 'the server said 554 instead of 220',
    });
    expect(await ask(await server('x'.repeat(9_000), ''), 'SMTP_CHECK { }')).toMatchObject({
      ok: false,
    });
  });
});

describe('DNS_CHECK and UDP_CHECK', () => {
  const udp = (answer: (bytes: Buffer) => Buffer | undefined): Promise<number> => {
    const socket = createSocket('udp4');
    closers.push(() => socket.close());
    socket.on('message', (bytes, { port, address }) => {
      const reply = answer(bytes);
      if (reply !== undefined) socket.send(reply, port, address);
    });
    return new Promise((resolve) => {
      socket.bind(0, '127.0.0.1', () => resolve(socket.address().port));
    });
  };
  const NXDOMAIN = 3;

  it('accepts any answer to its question without an error code', async () => {
    const asked: string[] = [];
    const server = (code: number) =>
      udp((bytes) => {
        const { id, questions } = decode(bytes);
        asked.push(`${questions?.[0]?.type} ${questions?.[0]?.name}`);
        return encode({
          type: 'response',
          ...(id === undefined ? {} : { id }),
          flags: code,
          ...(questions === undefined ? {} : { questions }),
        });
      });
    expect(await ask(await server(0), 'DNS_CHECK {\n type A\n name www.example.org\n}')).toEqual({
      ok: true,
      detail: 'NOERROR',
    });
    expect(await ask(await server(NXDOMAIN), 'DNS_CHECK { }')).toEqual({
      ok: false,
      detail: 'NXDOMAIN',
    });
    expect(asked).toEqual(['A www.example.org', 'SOA .']);
    expect(await ask(await udp(() => Buffer.from('junk')), 'DNS_CHECK { }')).toMatchObject({
      ok: false,
    });
  });

  it('fails on ICMP port unreachable, and succeeds without an answer', async () => {
    const port = await udp(() => undefined);
    expect(await ask(port, 'UDP_CHECK { }')).toEqual({ ok: true, detail: 'no ICMP error' });
    expect(await ask(await deaf(), 'UDP_CHECK { }')).toEqual({
      ok: false,
      detail: 'connection refused',
    });
  });

  it('compares the answer with the configured digits', async () => {
    const port = await udp((bytes) =>
      bytes.toString('hex') === '0a0b' ? Buffer.from('12345678', 'hex') : undefined,
    );
    const check = (more: string) => ask(port, `UDP_CHECK {\n payload a b\n${more}\n}`);
    expect(await check('require_reply 1x34')).toEqual({ ok: true, detail: '4 bytes' });
    expect(await check('require_reply 99')).toEqual({
      ok: false,
      detail: 'the answer is another one',
    });
    // Length limits apply only to an answer (keepalived).
    expect(await check('require_reply\n min_reply_length 9')).toMatchObject({ ok: true });
    expect(await check('require_reply 12\n min_reply_length 9')).toMatchObject({ ok: false });
  });
});

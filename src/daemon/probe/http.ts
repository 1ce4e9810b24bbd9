/** Layer 5: HTTP_GET and SSL_GET. Fetches each url in turn over its own connection, with a bounded body. */

import { createHash } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { HTTPParser } from 'http-parser-js';
import type { HttpProbe, UrlCheck } from '../../engine/core/config-checker.ts';
import { messageOf } from '../../errors.ts';
import type { TlsKeys } from '../check/tls-keys.ts';
import { findWithin } from './regex.ts';
import { type Abort, type Report, reasonOf, run } from './running.ts';
import { open } from './tcp.ts';

/** Bytes of a body; a digest or an expression over a larger one fails. */
const MOST_BODY = 1_048_576;
/** Bytes on the wire: headers, the sizes of chunks and everything else that a server writes. */
const MOST_BYTES = 4 * MOST_BODY;

export function httpProbe(
  config: HttpProbe,
  keys: TlsKeys | undefined,
  report: Report,
): () => void {
  let current: Abort | undefined;
  const next = (i: number, last: string): void => {
    const url = config.urls[i];
    if (url === undefined) {
      report(undefined, last);
      return;
    }
    current = run(
      (answered) => fetchUrl(config, url, keys, answered),
      ({ ok, detail }) => {
        if (ok) next(i + 1, detail);
        else report(`${url.path}: ${detail}`);
      },
    );
  };
  next(0, 'no url');
  return () => current?.();
}

function fetchUrl(
  config: HttpProbe,
  url: UrlCheck,
  keys: TlsKeys | undefined,
  report: Report,
): () => void {
  let secure: TLSSocket | undefined;
  const encrypted = (socket: Socket): void => {
    const tls = startTls(socket, config, url, keys);
    secure = tls;
    tls.once('error', (error) => report(`TLS: ${reasonOf(error)}`));
    tls.once('secureConnect', () => {
      const problem = expiryOf(tls);
      if (problem === undefined) ask(tls, config, url, report);
      else report(problem);
    });
  };
  const connected = (socket: Socket): void => {
    try {
      if (config.kind === 'HTTP_GET') ask(socket, config, url, report);
      else encrypted(socket);
    } catch (error) {
      report(`TLS: ${messageOf(error)}`);
    }
  };
  const close = open(config.target, connected, report);
  return () => {
    secure?.destroy();
    close();
  };
}

/** As keepalived, trusts any certificate unless `SSL { ca }` names an authority. */
function startTls(
  socket: Socket,
  { sni, sniName }: HttpProbe,
  { host }: UrlCheck,
  keys: TlsKeys | undefined,
): TLSSocket {
  const name = sniName ?? host;
  const { ca, certificate, key, password, problem } = keys ?? {};
  if (problem !== undefined) throw new Error(problem);
  return connectTls({
    socket,
    ...(sni && name !== undefined && isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: ca !== undefined,
    // A check connects by address: the signature matters, not the name.
    checkServerIdentity: () => undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(password === undefined ? {} : { passphrase: password }),
  });
}

/** Clients refuse an expired certificate, so the check does, too. */
function expiryOf(socket: TLSSocket): string | undefined {
  const { valid_from: from, valid_to: to } = socket.getPeerCertificate();
  if (to !== undefined && Date.parse(to) < Date.now()) return `the certificate expired on ${to}`;
  return from !== undefined && Date.parse(from) > Date.now()
    ? `the certificate is not valid before ${from}`
    : undefined;
}

/** The host was checked when the configuration was read; IPv6 addresses stand in brackets. */
function requestOf({ version, target }: HttpProbe, { path, host }: UrlCheck): string {
  const { address, port } = target;
  const name = host ?? `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const close = version === '1.0' ? '' : 'Connection: close\r\n';
  return `GET ${path} HTTP/${version === '1.1' ? '1.1' : '1.0'}\r\nUser-Agent: halab\r\nHost: ${name}\r\nAccept: */*\r\n${close}\r\n`;
}

function ask(socket: Socket, config: HttpProbe, url: UrlCheck, report: Report): void {
  const parser = new HTTPParser(HTTPParser.RESPONSE);
  const wanted = url.digest !== undefined || url.regex !== undefined;
  const body: Buffer[] = [];
  let size = 0;
  let received = 0;
  let status = 0;
  let over = false;
  const finish = (problem?: string): void => {
    if (over) return;
    over = true;
    socket.destroy();
    const whole = problem ?? (status === 0 ? 'no answer' : judge(url, status, Buffer.concat(body)));
    report(whole, `status ${status}`);
  };
  parser[HTTPParser.kOnHeadersComplete] = (info) => {
    status = info.statusCode;
    return 0;
  };
  parser[HTTPParser.kOnBody] = (chunk, offset, length) => {
    size += length;
    if (wanted && size <= MOST_BODY)
      body.push(Buffer.from(chunk.subarray(offset, offset + length)));
    if (size > MOST_BODY) finish(wanted ? `the body is larger than ${MOST_BODY} bytes` : undefined);
  };
  parser[HTTPParser.kOnMessageComplete] = () => finish();
  socket.on('data', (chunk: Buffer) => {
    if (over) return;
    received += chunk.length;
    const result = parser.execute(chunk);
    if (received > MOST_BYTES) finish(`the answer is larger than ${MOST_BYTES} bytes`);
    if (result instanceof Error) finish('not an answer in HTTP');
  });
  socket.once('error', (error) => finish(reasonOf(error)));
  socket.once('end', () => {
    const result = parser.finish();
    finish(result instanceof Error ? 'the answer ended too early' : undefined);
  });
  socket.write(requestOf(config, url));
}

/** Why the answer is not as configured, or undefined. */
function judge(
  { status: good, digest, regex }: UrlCheck,
  status: number,
  body: Buffer,
): string | undefined {
  if (!good.some(({ low, high }) => status >= low && status <= high)) return `status ${status}`;
  const sum = digest === undefined ? undefined : createHash('md5').update(body).digest('hex');
  if (sum !== digest) return `digest ${sum}`;
  if (regex === undefined) return undefined;
  const found = findWithin(regex, body.toString('utf8'));
  if (found === undefined) return 'the expression takes too long';
  if (found === regex.negate)
    return found ? 'the expression matches' : 'the expression does not match';
  return undefined;
}

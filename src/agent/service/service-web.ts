/** The http and https services: any path is answered with the node's name. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Conduct } from '../../fault/conduct.ts';
import { NODE_HEADER } from '../protocol.ts';
import { EXPIRED_CERTIFICATE, SERVICE_KEY, VALID_CERTIFICATE } from './certificates.ts';
import type { ServiceSpec } from './service.ts';

/** No time limits of the server's own: a hanging service hangs for good. */
const PATIENT = { requestTimeout: 0, headersTimeout: 0 };

export function openHttpService(spec: ServiceSpec): Server {
  return createServer(PATIENT, answering(spec));
}

export function openHttpsService(spec: ServiceSpec): {
  readonly server: SecureServer;
  readonly certify: (conduct: Conduct) => void;
} {
  const server = createSecureServer({ ...PATIENT, ...certificateOf(false) }, answering(spec));
  // A client that refuses the certificate has met the fault all the same.
  server.on('tlsClientError', () => spec.asked(() => {}));
  return { server, certify: ({ expired }) => server.setSecureContext(certificateOf(expired)) };
}

function certificateOf(expired: boolean): { key: string; cert: string } {
  return { key: SERVICE_KEY, cert: expired ? EXPIRED_CERTIFICATE : VALID_CERTIFICATE };
}

/** The header names the node that answered, independent of the body. */
function answering({ node, asked }: ServiceSpec): RequestListener {
  return (request, response) => {
    request.resume();
    asked(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'text/plain', [NODE_HEADER]: node });
      response.end(`${body ?? node}\n`);
    });
  };
}

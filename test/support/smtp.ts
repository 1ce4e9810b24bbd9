/** A tiny SMTP server on the loopback interface that keeps what it receives. */
import { createServer, type Server, type Socket } from 'node:net';

export interface Received {
  readonly helo: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

export interface SmtpServer {
  readonly port: number;
  readonly mails: readonly Received[];
  /** The number of connections. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** `silent`: it accepts connections and sends nothing. */
export async function smtpServer({ silent = false, port = 0 } = {}): Promise<SmtpServer> {
  const mails: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    if (!silent) converse(socket, (mail) => mails.push(mail));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function converse(socket: Socket, got: (mail: Received) => void): void {
  let rest = '';
  let helo = '';
  let from = '';
  let to: string[] = [];
  let lines: string[] | undefined;
  const say = (text: string): void => void socket.write(`${text}\r\n`);
  const argument = (line: string): string => line.replace(/^[^<]*<([^>]*)>.*$/, '$1');
  say('220 test');
  socket.on('data', (chunk: Buffer) => {
    const all = (rest + chunk.toString()).split('\r\n');
    rest = all.pop() ?? '';
    for (const line of all) {
      if (lines !== undefined && line !== '.') lines.push(line);
      else if (lines !== undefined) {
        got({ helo, from, to, text: lines.join('\n') });
        [lines, to] = [undefined, []];
        say('250 taken');
      } else if (/^(EHLO|HELO) /i.test(line)) {
        helo = line.slice(5);
        say('250 test');
      } else if (/^MAIL /i.test(line)) {
        from = argument(line);
        say('250 ok');
      } else if (/^RCPT /i.test(line)) {
        to.push(argument(line));
        say('250 ok');
      } else if (/^DATA/i.test(line)) {
        lines = [];
        say('354 go on');
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else say('250 ok');
    }
  });
}

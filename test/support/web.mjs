/**
 * A web server for tests of load balancing: `web.mjs NAME PORT...` says its name to everybody and prints
 * a line for each request. The path picks how it answers: /status/500, /slow, /hang, /endless, else well.
 */
import { createServer } from 'node:http';

const [name = '', ...ports] = process.argv.slice(2);
const CHUNK = Buffer.alloc(65_536, 'x');

const server = (request, response) => {
  const { url = '/', socket } = request;
  console.log(`${url} from ${socket.remoteAddress}`);
  const [, status] = /^\/status\/(\d+)/.exec(url) ?? [];
  if (url === '/hang') return;
  if (url === '/endless') {
    const pour = () => {
      while (response.write(CHUNK));
      response.once('drain', pour);
    };
    pour();
    return;
  }
  setTimeout(
    () => {
      response.statusCode = Number(status ?? 200);
      response.setHeader('Connection', 'close');
      response.end(name);
    },
    url === '/slow' ? 400 : 0,
  );
};

let listening = 0;
for (const port of ports)
  createServer(server).listen(Number(port), '::', () => {
    listening += 1;
    if (listening === ports.length) console.log('listening');
  });

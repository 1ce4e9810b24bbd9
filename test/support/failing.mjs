/**
 * A web server that fails once: `failing.mjs PORT MODE PHASE_MS`. After three requests it waits PHASE_MS
 * and then closes its port (`close`) or answers no more (`hang`), and prints `failed AT` in microseconds of
 * CLOCK_MONOTONIC.
 */
import { createServer } from 'node:http';

const [port, mode, phase] = process.argv.slice(2);
let requests = 0;
let failed = false;

const server = createServer((_request, response) => {
  requests += 1;
  if (requests === 3) setTimeout(fail, Number(phase));
  if (failed) return;
  response.setHeader('Connection', 'close');
  response.end('well');
});
server.listen(Number(port), () => console.log('listening'));

function fail() {
  const at = process.hrtime.bigint() / 1_000n;
  failed = true;
  if (mode === 'close') server.close();
  console.log(`failed ${at}`);
  setInterval(() => {}, 1_000);
}

/**
 * A client for tests of load balancing: `client.mjs HOST PORT COUNT [PAUSE_MS]` asks over a new connection
 * each time and prints `TIME ANSWER`: when the connection was asked for, in microseconds of
 * CLOCK_MONOTONIC, and who answered, or `!` with the error. COUNT 0: until it is killed.
 */
import { get } from 'node:http';

const [host = '', port, count, wait = '0'] = process.argv.slice(2);

function ask() {
  const at = process.hrtime.bigint() / 1_000n;
  return new Promise((resolve) => {
    const request = get({ host, port: Number(port), agent: false, timeout: 2_000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve(`${at} ${text}`));
      response.on('error', (error) => resolve(`${at} !${error.code}`));
    });
    request.on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })));
    request.on('error', (error) => resolve(`${at} !${error.code}`));
  });
}

for (let i = 0; count === '0' || i < Number(count); i++) {
  console.log(await ask());
  if (wait !== '0') await new Promise((resolve) => setTimeout(resolve, Number(wait)));
}

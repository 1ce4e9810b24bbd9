/**
 * `own-docker.mjs COMMAND...` runs a command in a network namespace of its own with a Docker daemon of its own: labs of
 * two daemons do not wait for each other's turn, and may use the same subnets. Ends with the exit code of the command.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the folder of the machine's daemon, because a temporary folder may not carry overlay file systems. */
const folder = mkdtempSync('/var/lib/halab-docker-');
const SCRIPT = `
folder=$1
shift
ip link set lo up
trap : INT TERM HUP
setsid setpriv --pdeathsig TERM dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" --bridge none \
  --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /halab-own-docker \
  --host "$DOCKER_HOST" >"$folder/log" 2>&1 &
daemon=$!
for _ in $(seq 1 60); do
  docker version >/dev/null 2>&1 && break
  kill -0 $daemon || break
  sleep 0.5
done
if docker version >/dev/null 2>&1; then
  "$@"
  code=$?
else
  tail -n 20 "$folder/log" >&2
  code=4
fi
kill $daemon
wait $daemon
exit $code`;

const DOCKER_HOST = `unix://${join(folder, 'socket')}`;
const shell = spawn(
  'unshare',
  ['--net', '--mount', 'sh', '-c', SCRIPT, 'sh', folder, ...process.argv.slice(2)],
  // A group of its own, so that a signal reaches the command. The daemon ends when the command has ended.
  { stdio: 'inherit', detached: true, env: { ...process.env, DOCKER_HOST } },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.kill(-shell.pid, signal));
}
const end = (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
};
shell.once('error', ({ message }) => {
  console.error(message);
  end(4);
});
shell.once('exit', (code) => end(code ?? 1));

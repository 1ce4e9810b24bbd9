/** A folder as a tar stream, made by the system's tar, for images and build contexts. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export function tarStream(folder: string): Readable {
  const tar = spawn('tar', ['-C', folder, '--numeric-owner', '--owner=0', '--group=0', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let problem = '';
  tar.stderr.on('data', (text: Buffer) => {
    problem += text.toString();
  });
  tar.on('error', (error) => tar.stdout.destroy(error));
  tar.on('close', (code) => {
    if (code !== 0) tar.stdout.destroy(new Error(`tar: ${problem.trim()}`));
  });
  return tar.stdout;
}

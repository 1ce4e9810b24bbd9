/** The test that runs each command of the README files. */
import type { Command } from './pages.ts';

/** Commands that need a real machine or much time: the file that runs them, and the text in it that proves it. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, proof: string]>> = {
  'npm ci': ['.ci/run', 'npm ci'],
  'npm test': ['.ci/run', 'npm test'],
  'HALAB_REQUIRE=netns,interop,docker,scenarios,ipvs,timing npm test': [
    '.ci/run',
    'HALAB_REQUIRE=netns,interop,docker,scenarios,ipvs,timing npm test',
  ],
  'npm run check': ['.ci/run', 'npm run lint\nnpm run types'],
  'npm run docs': ['test/docs/write.ts', 'renewed('],
  'npx halab run scenarios/master-crash.yaml': [
    '.ci/run',
    'npx halab run scenarios/master-crash.yaml',
  ],
  '(dockerd >/var/log/dockerd.log 2>&1 &)': ['.ci/run', 'setsid dockerd'],
  'npx halab compare scenarios/master-crash.yaml --matrix advert=100ms --backend sim,docker --repeat 100':
    ['test/real/timing/compare.test.ts', "'compare', 'scenarios/master-crash.yaml'"],
  'halabd -n -l -D': ['test/real/netns/daemon.test.ts', "'-n'"],
  'halabd -s blue': ['test/real/netns/place.test.ts', "'-s'"],
  'halabd status': ['test/real/netns/others.test.ts', "'status'"],
};

/** `programs`: test/docs/commands.test.ts. `docker`: test/real/docker/readme.test.ts. */
export type RunBy = 'programs' | 'docker' | readonly [file: string, proof: string];

/** Undefined: no test runs it. */
export function runBy({ text }: Command): RunBy | undefined {
  const known = ELSEWHERE[text];
  if (known !== undefined) return known;
  if (/^apt-get install -y [\w. -]+$/.test(text)) return ['.ci/run', 'apt-get install -y'];
  if (/^(npx )?halab clean\b|--backend docker|^npx halab run crash.yaml/.test(text))
    return 'docker';
  return /^(npx )?halab(d -t)? /.test(text) ? 'programs' : undefined;
}

/** The program and its arguments in the repository. */
export function argvOf(text: string): string[] {
  const [program = '', ...args] = text.replace(/^npx /, '').split(' ');
  return [program === 'halabd' ? 'dist/halabd.js' : 'dist/bundle/main.cjs', ...args];
}

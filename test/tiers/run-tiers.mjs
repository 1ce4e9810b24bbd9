/**
 * `npm test`: the quick tiers first, then every real tier that this machine can run, then a table of what it could not,
 * with the command that installs it. A tier named in HALAB_REQUIRE (commas) must run.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { QUICK, REAL_TIERS, STAGES } from './tiers.mjs';

const required = (process.env.HALAB_REQUIRE ?? '').split(',').filter((name) => name !== '');
const unknown = required.filter((name) => !REAL_TIERS.some((tier) => tier.name === name));
if (unknown.length > 0) {
  const names = REAL_TIERS.map(({ name }) => name).join(', ');
  console.error(`HALAB_REQUIRE names no tier: ${unknown.join(', ')}; there are ${names}`);
  process.exit(2);
}

const started = Date.now();
const reports = mkdtempSync(join(tmpdir(), 'halab-test-'));
const ASKED = join(reports, 'asked-again');
process.env.HALAB_ASKED_AGAIN = ASKED;

const lacks = new Map(REAL_TIERS.map((tier) => [tier, tier.missing()]));
const stages = STAGES.map(lanesOf).filter((lanes) => lanes.length > 0);
announce();
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
const outcomes = [await run(QUICK)];
for (const lanes of stages) await Promise.all(lanes.map(runLane));
const again = existsSync(ASKED) ? readFileSync(ASKED, 'utf8').trim().split('\n') : [];
rmSync(reports, { recursive: true, force: true });
process.exitCode = closingTable() ? 0 : 1;

/** The tiers of a stage that this machine can run; one lane on a single core. */
function lanesOf(stage) {
  const lanes = stage.map((names) =>
    names
      .map((name) => REAL_TIERS.find((tier) => tier.name === name))
      .filter((tier) => lacks.get(tier) === undefined),
  );
  const used = lanes.filter((lane) => lane.length > 0);
  return availableParallelism() > 1 || used.length === 0 ? used : [used.flat()];
}

async function runLane(tiers) {
  for (const tier of tiers) outcomes.push(await run(tier));
}

/** What will run, for how long. */
function announce() {
  const time = (tiers) => clock(tiers.reduce((sum, { usualSeconds }) => sum + usualSeconds, 0));
  console.log('npm test will run, with the time that it usually takes on 2 cores:');
  console.log(`  ${time([QUICK])}  ${QUICK.name}`);
  for (const lanes of stages) {
    for (const lane of lanes) {
      const names = lane.map((tier) => `${tier.name} (${time([tier])})`).join(', then ');
      console.log(`  ${time(lane)}  ${names}${lanes.length > 1 ? '; side by side' : ''}`);
    }
  }
  for (const [{ name }, lack] of lacks)
    if (lack !== undefined) console.log(`     --  not ${name}: needs ${lack}`);
  console.log('A line for each test file follows; failures are printed at the end.');
}

/** The outcome of one tier; its output is printed line by line, with the time since the start. */
async function run(tier) {
  const { name, args, inside = [] } = tier;
  const file = join(reports, `${name.replaceAll(' ', '-')}.json`);
  const [program, ...rest] = [
    ...inside,
    ...['npx', 'vitest', 'run', '--config', 'test/vitest.config.ts'],
    ...['--reporter=test/tiers/progress.mjs', '--reporter=json', `--outputFile.json=${file}`],
    ...args,
  ];
  const vitest = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [vitest.stdout, vitest.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line !== '') console.log(`${sinceStart()} ${name}: ${line}`);
    });
  }
  const exit = await new Promise((resolve) => {
    vitest.once('error', ({ message }) => resolve(message));
    vitest.once('close', (code, signal) => resolve(signal ?? code));
  });
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : [];
  // An error outside of every test, or no report at all: the tier itself failed.
  if (exit !== 0 && !results.some(isBad))
    results.push({ name, status: 'failed', message: `exit ${exit}`, assertionResults: [] });
  const tests = results.flatMap(({ assertionResults }) => assertionResults);
  const count = (status) => tests.filter((test) => test.status === status).length;
  const outcome = { tier, results, passed: count('passed'), failed: count('failed') };
  console.log(`${sinceStart()} ${name}: ${wording(outcome)}`);
  return outcome;
}

function isGood({ passed, results }) {
  return passed > 0 && !results.some(isBad);
}

function isBad({ status }) {
  return status === 'failed';
}

function wording(outcome) {
  const { passed, failed } = outcome;
  return `${passed} passed, ${failed} failed${isGood(outcome) ? '' : ' (FAILED)'}`;
}

/** The outcome of all tiers. Failures stand here in full, because their tiers print one line for each test file. */
function closingTable() {
  const print = (name, text) => console.log(`${name.padEnd(15)} ${text}`);
  const failures = outcomes.flatMap(({ results }) => results.filter(isBad)).flatMap(failuresIn);
  for (const failure of failures) console.log(`\n${failure}`);
  if (again.length > 0)
    console.log(`\ninconclusive runs of labs, asked again (${again.length}):\n${again.join('\n')}`);
  console.log('');
  print('tier', 'outcome');
  for (const outcome of outcomes) print(outcome.tier.name, wording(outcome));
  const absent = [...lacks].filter(([, lack]) => lack !== undefined);
  for (const [{ name, install }, lack] of absent) {
    print(name, `not run: needs ${lack}`);
    print('', `install: ${install}`);
  }
  const missing = absent.map(([{ name }]) => name).filter((name) => required.includes(name));
  for (const name of missing)
    console.log(`HALAB_REQUIRE asks for the tier "${name}", which could not run`);
  const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed in ${sinceStart().trim()}`);
  return missing.length === 0 && outcomes.every(isGood);
}

function failuresIn({ name: file, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (status === 'failed' && failed.length === 0) return [`FAILED ${file}\n${ends(message)}`];
  return failed.map(
    ({ fullName, failureMessages }) =>
      `FAILED ${file}: ${fullName}\n${ends(failureMessages.join('\n'))}`,
  );
}

/** Both ends of a long message: what a run printed comes first, what was expected of it last. */
function ends(text) {
  const each = 10_000;
  const own = text.replaceAll(/\n {4}at .*node_modules.*/g, '');
  const left = own.length - 2 * each;
  return left > 0
    ? `${own.slice(0, each)}\n... (${left} characters left out) ...\n${own.slice(-each)}`
    : own;
}

function sinceStart() {
  return clock((Date.now() - started) / 1_000);
}

/** Minutes and seconds. */
function clock(seconds) {
  const whole = Math.round(seconds);
  return `${String(Math.floor(whole / 60)).padStart(3)}:${String(whole % 60).padStart(2, '0')}`;
}

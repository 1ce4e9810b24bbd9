/** A reporter of Vitest: one line for each test file that has ended, with what failed in it. */
import { basename } from 'node:path';

export default class Progress {
  #files = 0;
  #ended = 0;

  onTestRunStart(specifications) {
    this.#files = specifications.length;
  }

  onTestModuleEnd(module) {
    const tests = [...module.children.allTests()];
    const failed = tests.filter((test) => test.result().state === 'failed');
    const seconds = (module.diagnostic().duration / 1_000).toFixed(0);
    this.#ended++;
    const verdict =
      module.state() === 'failed'
        ? `FAILED ${failed.length} of ${tests.length}`
        : `${tests.length}`;
    console.log(
      `${this.#ended} of ${this.#files} files: ${basename(module.moduleId)}, ${verdict} tests, ${seconds} s`,
    );
    for (const { fullName } of failed) console.log(`  FAILED ${fullName}`);
  }

  onUserConsoleLog({ content }) {
    process.stdout.write(content);
  }
}

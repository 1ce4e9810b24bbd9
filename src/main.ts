#!/usr/bin/env node
/** `halab`: builds the program, runs the verb, sets the exit code. Nothing else. */
import { main } from './cli/program.ts';

void main(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
});

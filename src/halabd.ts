#!/usr/bin/env -S -u NODE_OPTIONS node --inspect-port=[fe80::1]:9229
/**
 * `halabd`: the engine as a daemon. The first line keeps the debugger away from the first millisecond on
 * (`daemon/process/no-debugger.ts`); where it was not used, this does before anything else is loaded.
 */
import { refuseDebugger } from './daemon/process/no-debugger.ts';

refuseDebugger();
void import('./daemon/command-line.ts');

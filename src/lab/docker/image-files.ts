/** The files of the build that a node needs. Other changes rebuild no image. */

/** Programs that a node starts, each bundled into one file with what it imports (rolldown.config.mjs). */
export const NODE_PROGRAMS: readonly string[] = [
  'agent/main.js',
  'agent/service/check-service.js',
  'daemon/check/check-child.js',
  'daemon/command-line.js',
  'daemon/process/confined-thread.js',
  'daemon/vrrp/vrrp-child.js',
];

/** Paths relative to the build's folder. `halabd.js` refuses a debugger before it imports anything else. */
export const NODE_FILES: readonly string[] = [
  ...NODE_PROGRAMS,
  'daemon/process/no-debugger.js',
  'halabd.js',
];

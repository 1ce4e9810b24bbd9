/** Stryker's score must not depend on chance: every property runs the same cases. */
import fc from 'fast-check';

fc.configureGlobal({ seed: 1 });

/** How many cases a property is tried with: few enough for `npm test`, thousands where HALAB_NIGHTLY is set. */
export const cases = (usual: number, nightly: number): number =>
  process.env.HALAB_NIGHTLY === undefined ? usual : nightly;

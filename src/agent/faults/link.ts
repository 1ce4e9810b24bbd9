/** Faults of cables: the lab pulls them at the host's end (lab/docker/faults/link.ts). */
export const LINK_FAULTS = {
  'link.down': { cannot: 'a cable is pulled from outside the node' },
};

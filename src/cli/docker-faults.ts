/** Faults of the Docker lab: those applied from outside a node, and those of the agent inside it. */
import { AGENT_FAULTS } from '../agent/faults/faults.ts';
import { refusalsOf } from '../fault/capability.ts';
import { HOST_FAULTS } from '../lab/docker/faults/faults.ts';

export const dockerRefusals = refusalsOf({ ...AGENT_FAULTS, ...HOST_FAULTS });

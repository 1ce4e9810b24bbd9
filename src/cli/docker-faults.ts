/** Which faults the Docker lab can have: those done from outside a node, and what the agent does inside it. */
import { AGENT_FAULTS } from '../agent/faults/faults.ts';
import { refusalsOf } from '../fault/capability.ts';
import { HOST_FAULTS } from '../lab/docker/faults/faults.ts';

export const dockerRefusals = refusalsOf({ ...AGENT_FAULTS, ...HOST_FAULTS });

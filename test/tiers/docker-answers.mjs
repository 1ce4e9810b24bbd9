/** Exits 0 if a Docker daemon answers, found as halab finds it. */
import { connectDocker } from '../../dist/lab/docker/connection.js';

try {
  await connectDocker();
  process.exit(0);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

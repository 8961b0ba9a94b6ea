import { compareFreshProcesses } from "../fresh-processes.mjs";
import { sayMegabytes } from "../table.mjs";

/** Peak bytes of training from weights of a process's own. */
export function run(flags) {
  const peakBytes = async (server) => {
    await server.ready;
    const { peakMemoryBytes } = await server.run(flags.steps);
    await server.stop();
    return peakMemoryBytes;
  };
  return compareFreshProcesses(flags, peakBytes, sayMegabytes);
}

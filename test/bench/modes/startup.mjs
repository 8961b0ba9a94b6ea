import { compareFreshProcesses } from "../fresh-processes.mjs";

/** Milliseconds from the start of a process to its first step's loss. */
async function firstStepMs(server) {
  await server.run(1);
  await server.ready;
  const ms = server.sinceStart();
  await server.stop();
  return ms;
}

/** Process start to first step done. */
export function run(flags) {
  return compareFreshProcesses(flags, firstStepMs, (ms) => `${ms.toFixed(0)} ms`);
}

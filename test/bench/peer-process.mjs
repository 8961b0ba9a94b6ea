import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * A server of the benchmark's line protocol in a process of its own.
 *
 * @param {string[]} command program and arguments
 */
export function startPeer(command, { env = {}, cwd } = {}) {
  const started = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => {
    child.once("error", resolve);
    child.once("exit", (code) => resolve(new Error(`${command.join(" ")} ended with code ${code}.`)));
  });
  const failed = ended.then((error) => Promise.reject(error));
  failed.catch(() => undefined);
  // A line to a peer that has ended: its end says more.
  child.stdin.on("error", () => undefined);
  const reply = async () => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done) return failed;
    return JSON.parse(value);
  };
  return {
    /** What it says of itself when it is ready. */
    ready: reply(),
    /** Runs steps and gives the reply: ms, loss, peakMemoryBytes. */
    async run(steps) {
      child.stdin.write(`${steps}\n`);
      return reply();
    },
    /** Milliseconds since the process was started. */
    sinceStart: () => performance.now() - started,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

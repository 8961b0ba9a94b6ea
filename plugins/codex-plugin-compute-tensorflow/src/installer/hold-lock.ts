import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { computeTensorflowErrors } from "../errors.js";
import type { ToolSettings } from "./run-tool.js";

/** Says `held` once the lock is its own, and holds it until its input ends, as it does when our process dies. */
const holder = `
import fcntl, sys
file = open(sys.argv[1], "w")
try:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("waiting", flush=True)
    fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
`;

/**
 * Runs an action while no other process does so under the same file. The system's own lock is used, by way of Python:
 * it ends with its process, however that ends. The file stays.
 *
 * @param onWait called when another process holds the lock
 * @throws CODEX_TENSORFLOW_FOLDER when the lock's folder or file cannot be written
 */
export async function holdLock<Result>(
  file: string,
  { env, signal }: ToolSettings,
  onWait: () => void,
  action: () => Promise<Result>,
): Promise<Result> {
  const unwritable = (cause?: Error) =>
    computeTensorflowErrors.CODEX_TENSORFLOW_FOLDER({
      what: `The lock cannot be taken${cause ? `: ${cause.message}` : ""}.`,
      where: file,
      cause,
    });
  await mkdir(dirname(file), { recursive: true }).catch((error: Error) => {
    throw unwritable(error);
  });
  const child = spawn("python3", ["-c", holder, file], {
    env: env as NodeJS.ProcessEnv,
    signal,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", () => reject(unwritable()));
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("held")) resolve();
        else if (text.includes("waiting")) onWait();
      });
    });
    return await action();
  } finally {
    child.stdin.end();
    await ended;
  }
}

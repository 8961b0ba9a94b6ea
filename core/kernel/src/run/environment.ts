import { arch, platform, release } from "node:os";
import type { JsonObject, Named } from "../contracts/json.js";
import { readGit } from "./environment-git.js";
import { readMachine } from "./environment-machine.js";
import { kernelVersion } from "./kernel-version.js";

export interface EnvironmentFacts {
  readonly projectFolder: string;
  readonly runId: string;
  readonly packages: Named<string>;
  /** The words of the command line, without secrets. */
  readonly command: readonly string[];
}

/**
 * What surrounds a run: git, machine, node, versions of packages, the command. What cannot be found out in two seconds
 * is left out; nothing here fails a run.
 */
export async function readEnvironment(facts: EnvironmentFacts): Promise<JsonObject> {
  const [git, machine] = await Promise.all([readGit(facts.projectFolder), readMachine()]);
  return {
    runId: facts.runId,
    command: facts.command,
    ...(git ? { git } : {}),
    platform: `${platform()} ${arch()}`,
    system: release(),
    ...machine,
    node: process.version,
    packages: { "codex-core": kernelVersion(), ...facts.packages },
  };
}

import { hostname } from "node:os";
import type { Json, JsonObject, Named } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { quoteArgument } from "../text/quote-argument.js";

/** What every tracker gets to find a run by: facts of its environment, and the config's own tags by other names. */
export function runTags(runId: string, environment: JsonObject, own: Named<string>): Named<string> {
  const git = isJsonObject(environment.git) ? environment.git : {};
  const command = Array.isArray(environment.command) ? environment.command.map(String).map(quoteArgument) : [];
  const facts: Named<Json | undefined> = {
    runId,
    host: hostname(),
    platform: environment.platform,
    node: environment.node,
    command: command.join(" "),
    gitCommit: git.commit,
    gitBranch: git.branch,
    gitDirty: git.dirty,
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined && value !== "");
  return Object.freeze({ ...own, ...Object.fromEntries(known.map(([name, value]) => [name, String(value)])) });
}

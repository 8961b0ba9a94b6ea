import type { ConfigProblem } from "../../config/config-problem.js";
import { loadConfig } from "../../config/load-config.js";
import { presetFolder, presetNames } from "../../config/presets.js";
import { toCodexError } from "../render-error.js";
import type { Check, Finding } from "./check.js";

/** The project's config and each of its presets can be composed, and its plugins' schemas agree with it. */
export const configCheck: Check = {
  name: "config",
  async run({ project }) {
    const { folder: projectFolder, catalogue, config, problem } = project;
    if (problem) return [failure("config", problem)];
    const names = await presetNames(presetFolder(projectFolder));
    const presets = names.filter((name) => !name.includes("/"));
    if (presets.length === 0) {
      const detail = config.file ? `${config.file} can be read` : "none here";
      return [{ name: "config", status: "ok", detail }];
    }
    const findings: Finding[] = [];
    for (const preset of presets) {
      const name = `config ${preset}`;
      try {
        await loadConfig({ projectFolder, catalogue, project: config, preset });
        findings.push({ name, status: "ok", detail: "is valid" });
      } catch (error) {
        findings.push(
          lacksTextAlone(error) ? { name, status: "ok", detail: "is valid with --texts" } : failure(name, error),
        );
      }
    }
    return findings;
  },
};

/** A preset for texts of the user's own leaves them to the command line. */
function lacksTextAlone(error: unknown): boolean {
  const problems = (error as { problems?: readonly ConfigProblem[] }).problems ?? [];
  return problems.length > 0 && problems.every(({ key }) => key === "data" || key === "data.paths");
}

function failure(name: string, error: unknown): Finding {
  const { what, where, fix } = toCodexError(error);
  const detail = where && !what.includes(where) ? `${what} (${where})` : what;
  return { name, status: "failed", detail, fix };
}

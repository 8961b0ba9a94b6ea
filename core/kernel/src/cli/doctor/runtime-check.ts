import { isCodexError } from "../../errors/codex-error.js";
import { readCompute } from "../compute/list-compute.js";
import type { Check, Finding } from "./check.js";

/** Libraries that `codex compute install` installs are whole, or not there at all: then nobody needs them yet. */
export const runtimeCheck: Check = {
  name: "runtimes",
  async run({ project: { catalogue } }) {
    const backends = await readCompute(catalogue, process.env).catch((error: unknown) => error);
    if (!Array.isArray(backends)) {
      const fix = isCodexError(backends) ? backends.fix : undefined;
      return [{ name: this.name, status: "failed", detail: (backends as Error).message, fix }];
    }
    return (backends as Awaited<ReturnType<typeof readCompute>>).flatMap(({ type, runtimes = [] }): Finding[] => {
      const partial = runtimes.filter(({ status }) => status === "partial");
      if (partial.length > 0) {
        const fix = `Go on with it, codex compute install ${type}, or take it away: codex compute remove ${type}`;
        return partial.map(({ folder, detail }) => ({
          name: type,
          status: "failed",
          detail: `${detail}: ${folder}`,
          fix,
        }));
      }
      if (runtimes.length === 0) return [];
      const there = runtimes
        .filter(({ status }) => status === "installed")
        .map(({ name, detail }) => `${name} (${detail})`);
      const none = `not installed; only compute.type=${type} needs it: codex compute install ${type}`;
      return [{ name: type, status: "ok", detail: there.join(", ") || none }];
    });
  },
};

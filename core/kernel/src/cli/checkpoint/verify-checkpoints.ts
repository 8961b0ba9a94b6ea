import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isCodexError } from "../../errors/codex-error.js";
import { describeError } from "../../run/run-folder.js";
import type { CommandContext } from "../command.js";
import { isCheckpoint } from "../runs/run-summary.js";
import { shortPath } from "../short-path.js";
import { renderTable } from "../text-table.js";
import { checkpointFolder, checkpointsFolder, withStore } from "./checkpoint-command.js";

/** Verifies one checkpoint, or all of a run, the damaged ones too. */
export async function verifyCheckpoints(reference: string, context: CommandContext): Promise<void> {
  const direct = resolve(context.terminal.workingFolder, reference);
  const paths = isCheckpoint(direct) ? [direct] : await allOf(checkpointsFolder(reference, context));
  const results = await withStore(checkpointFolder(reference, context), context, async (store) => {
    const found = [];
    for (const path of paths) {
      const problem = await store.verify(path).then(
        () => undefined,
        (error: unknown) => {
          if (isCodexError(error)) return error;
          throw error;
        },
      );
      found.push({ path, problem });
    }
    return found;
  });
  const answer = results.map(({ path, problem }) => ({
    path,
    whole: problem === undefined,
    ...(problem ? { error: describeError(problem) } : {}),
  }));
  context.answer({ checkpoints: answer }, () =>
    renderTable(
      results.map(({ path, problem }) => [
        problem ? "damaged" : "whole",
        shortPath(context.terminal.workingFolder, path),
        problem ? `${problem.code}: ${problem.what}` : "",
      ]),
    ),
  );
  if (results.some(({ problem }) => problem)) context.setExitCode(1);
}

async function allOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => /^step-\d+$/.test(name));
  return names.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))).map((name) => join(folder, name));
}

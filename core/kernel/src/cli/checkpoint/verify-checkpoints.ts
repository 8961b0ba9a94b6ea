import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { cliErrors } from "../../errors/cli-errors.js";
import { isCodexError } from "../../errors/codex-error.js";
import { describeError } from "../../run/run-folder.js";
import { isCheckpoint } from "../../run/run-summary.js";
import { renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import { findCheckpoint } from "../runs/find-run.js";
import { shortPath } from "../short-path.js";
import { findCheckpoints, withStore } from "./checkpoint-command.js";

/** Verifies one checkpoint, or all of a run, the damaged ones too. */
export async function verifyCheckpoints(reference: string, context: CommandContext): Promise<void> {
  const { paths, configured } = await findWhatToVerify(reference, context);
  const results = await withStore(configured, context, async (store) => {
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

async function findWhatToVerify(reference: string, context: CommandContext) {
  if (isCheckpoint(resolve(context.terminal.workingFolder, reference))) {
    const path = await findCheckpoint(reference, context);
    return { paths: [path], configured: path };
  }
  const { folder, configured } = await findCheckpoints(reference, context);
  const paths = await allOf(folder);
  if (paths.length > 0) return { paths, configured };
  throw cliErrors.CODEX_RUN_NO_CHECKPOINT({ what: "The run has no checkpoint to verify.", where: folder });
}

async function allOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^step-\d+$/.test(name));
  return names.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))).map((name) => join(folder, name));
}

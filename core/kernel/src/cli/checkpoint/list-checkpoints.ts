import type { SavedCheckpoint } from "../../contracts/checkpoint-store.js";
import { formatBytes, formatMetric, formatWhole } from "../../text/quantity.js";
import { renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import { shortPath } from "../short-path.js";
import { findCheckpoints, withStore } from "./checkpoint-command.js";

/** Lists the checkpoints of a run. */
export async function listCheckpoints(reference: string, context: CommandContext): Promise<void> {
  const { folder, configured } = await findCheckpoints(reference, context);
  const checkpoints = await withStore(configured, context, (store) => store.list(folder));
  context.answer({ checkpoints }, () =>
    renderCheckpoints(checkpoints, (path) => shortPath(context.terminal.workingFolder, path)),
  );
}

/** Checkpoints as a table: step, size, losses, path. */
export function renderCheckpoints(checkpoints: readonly SavedCheckpoint[], showPath: (path: string) => string): string {
  const rows = checkpoints.map(({ step, sizeBytes, metrics, path }) => [
    formatWhole(step),
    formatBytes(sizeBytes),
    metricText(metrics["train/loss"]),
    metricText(metrics["eval/loss"]),
    showPath(path),
  ]);
  return renderTable([["step", "size", "train/loss", "eval/loss", "path"], ...rows]);
}

function metricText(value: number | undefined): string {
  return value === undefined ? "" : formatMetric(value);
}

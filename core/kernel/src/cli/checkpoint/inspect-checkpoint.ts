import type { CheckpointContents } from "../../contracts/checkpoint-store.js";
import type { TensorSpecs } from "../../contracts/tensor-data.js";
import { formatBytes, formatMetric, formatWhole } from "../../text/quantity.js";
import { renderFacts, renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import { findCheckpoint } from "../runs/find-run.js";
import { withStore } from "./checkpoint-command.js";

/** Shows what a checkpoint holds. */
export async function inspectCheckpoint(reference: string, context: CommandContext): Promise<void> {
  const path = await findCheckpoint(reference, context);
  const contents = await withStore(path, context, (store) => store.inspect(path));
  context.answer(contents, () => renderContents(contents));
}

function renderContents(contents: CheckpointContents): string {
  const { path, step, formatVersion, sizeBytes, metrics, files, tensors } = contents;
  const facts: [string, string][] = [
    ["checkpoint", path],
    ["step", formatWhole(step)],
    ["format", String(formatVersion)],
    ["size", formatBytes(sizeBytes)],
    ...Object.entries(metrics).map(([name, value]): [string, string] => [name, formatMetric(value)]),
  ];
  const fileRows = Object.entries(files).map(([name, file]) => [name, formatBytes(file.sizeBytes), file.sha256]);
  const tensorRows = [...rowsOf("model", tensors.model), ...rowsOf("optimizer", tensors.optimizer)];
  return [
    renderFacts(facts),
    renderTable([["file", "size", "sha256"], ...fileRows]),
    renderTable([["of", "tensor", "dtype", "shape"], ...tensorRows]),
  ].join("\n");
}

function rowsOf(owner: string, specs: TensorSpecs): string[][] {
  return Object.entries(specs).map(([name, { dtype, shape }]) => [owner, name, dtype, `[${shape.join(", ")}]`]);
}

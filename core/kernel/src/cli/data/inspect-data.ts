import type { BatchShape, Split } from "../../contracts/batch-source.js";
import { dataErrors } from "../../errors/data-errors.js";
import { formatThings, formatWhole } from "../../text/quantity.js";
import type { CommandContext } from "../command.js";
import type { InspectDataOptions } from "../commands/data.js";
import { printable } from "../printable.js";
import {
  type BatchParts,
  type DataWork,
  prepareShown,
  sectionsOfTokens,
  withBatches,
  withDataKernel,
} from "./data-command.js";
import { type BatchRow, readRows, shapeOf } from "./read-rows.js";

const defaultRows = 4;

/** One microBatch, as `codex data inspect --json` gives it. */
interface InspectedBatch {
  readonly split: Split;
  readonly position: number;
  readonly microBatchesPerEpoch: number;
  /** Tokens in the split. */
  readonly tokenCount: number;
  readonly shape: BatchShape;
  readonly rows: readonly BatchRow[];
}

/** Shows what a model will see at a position of its data. */
export async function inspectData(
  options: InspectDataOptions,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const batch = await withDataKernel(options, words, context, sectionsOfTokens, (work) =>
    withBatches(work.kernel, (parts) => readBatch(parts, options, work)),
  );
  context.answer(batch, () => renderBatch(batch));
}

async function readBatch(
  { source, tokenizer, shape }: BatchParts,
  { split = "train", position = 0, rows, contextLength = shape.contextLength }: InspectDataOptions,
  { line }: DataWork,
): Promise<InspectedBatch> {
  const microBatch = shape.microBatch ?? rows;
  if (microBatch === undefined || contextLength === undefined) {
    const missing = contextLength === undefined ? "a model, whose context is read" : "trainer.microBatch";
    throw dataErrors.CODEX_DATA_SHAPE_UNKNOWN({ what: `The config lacks ${missing}.`, where: "config" });
  }
  if (source.prepare) await prepareShown(source, line);
  const asked = { microBatch, contextLength };
  const reader = await source.open(split, asked);
  const batch = await reader.read(position);
  const given = shapeOf(batch, asked, reader);
  const { microBatchesPerEpoch, tokenCount } = reader;
  const shown = readRows(batch, given, rows ?? defaultRows, tokenizer);
  return { split, position, microBatchesPerEpoch, tokenCount, shape: given, rows: shown };
}

function renderBatch({ split, position, microBatchesPerEpoch, tokenCount, shape, rows }: InspectedBatch): string {
  const epoch = Math.floor(position / microBatchesPerEpoch) + 1;
  const size = `${formatThings(shape.microBatch, "row")} of ${formatThings(shape.contextLength, "token")}`;
  const lines = [
    `${split}: ${formatThings(tokenCount, "token")}, ${formatWhole(microBatchesPerEpoch)} microBatches an epoch.`,
    `Position ${formatWhole(position)}, epoch ${formatWhole(epoch)}: ${size}.`,
    "⟦read, not learned⟧  ‖ another document begins",
    ...rows.map(renderRow),
  ];
  return `${lines.join("\n")}\n`;
}

function renderRow({ tokenIds, lossMask, pieces, padding }: BatchRow, index: number): string {
  const learned = lossMask.filter((value) => value > 0).length;
  const text = pieces.map((piece) => {
    const marked = piece.learned ? printable(piece.text) : `⟦${printable(piece.text)}⟧`;
    return piece.startsDocument ? `‖${marked}` : marked;
  });
  const indented = text.join("").replaceAll("\n", "\n  ");
  const filled = padding > 0 ? `, ${padding} at the end only fill the row` : "";
  return `\nrow ${index}, ${learned} of ${tokenIds.length} targets count${filled}\n  ${indented}`;
}

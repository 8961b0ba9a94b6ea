import { join } from "node:path";
import { NumberFile } from "../prepared/number-file.js";
import { splitName, startsName } from "../prepared/split-writer.js";
import { TokenShards } from "../prepared/token-shards.js";
import { DocumentPieces } from "./document-pieces.js";
import type { RowSettings } from "./open-rows.js";
import { indexPackedRows, packedStream } from "./packed-rows.js";
import { indexPaddedRows, paddedStream } from "./padded-rows.js";
import { RowIndex } from "./row-index.js";
import { indexFolder, indexLengths } from "./row-index-place.js";
import type { RowStream } from "./row-stream.js";
import { trainWindows, validationWindows } from "./windows.js";

/** The rows of one source in a split, by the length that they fit into; none where it has no row. */
export async function openSourceRows(
  settings: RowSettings,
  source: string,
  seed: number | undefined,
): Promise<ReadonlyMap<number, RowStream>> {
  const { prepared, split, shape, kind, cache, signal, opened } = settings;
  const { contextLength } = shape;
  const { folder, manifest } = prepared;
  const name = splitName(source, split);
  const tokenCount = manifest.sources[source]?.splits[split].tokens ?? 0;
  const tokens = await TokenShards.open(folder, name, tokenCount, manifest.vocabSize, cache);
  opened.push(tokens);
  if (kind === "windows") {
    if (tokenCount < (split === "train" ? contextLength + 1 : 2)) return new Map();
    const stream =
      split === "train" ? trainWindows(tokens, contextLength, seed) : validationWindows(tokens, contextLength);
    return new Map([[contextLength, stream]]);
  }
  const starts = await NumberFile.open(join(folder, startsName(name)), cache);
  opened.push(starts);
  const pieces = new DocumentPieces(starts, tokenCount, contextLength);
  const lengths = indexLengths(kind, contextLength);
  const indexes = await RowIndex.open(
    join(folder, indexFolder(name, kind, contextLength)),
    lengths,
    (add) => (kind === "packed" ? indexPackedRows(pieces, contextLength, add) : indexPaddedRows(pieces, lengths, add)),
    { cache, signal },
  );
  opened.push(...indexes);
  const streams = new Map<number, RowStream>();
  for (const [position, index] of indexes.entries()) {
    const length = lengths[position] as number;
    const stream =
      kind === "packed"
        ? packedStream(tokens, pieces, index, contextLength, seed)
        : paddedStream(tokens, index, length, seed);
    if (stream.rowsPerEpoch > 0) streams.set(length, stream);
  }
  return streams;
}

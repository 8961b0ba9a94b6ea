import { textErrors } from "../errors.js";
import type { DataManifest } from "../prepared/data-manifest.js";
import type { RowSettings } from "./open-rows.js";

/** Why a split, or some of its sources, has no row, and what to do about it. */
export function splitTooShort({ prepared, split, shape, kind }: RowSettings, sources: readonly string[]): Error {
  const { manifest } = prepared;
  const splits = sources.map((name) => manifest.sources[name]?.splits);
  const sum = (numbers: readonly (number | undefined)[]) =>
    numbers.reduce<number>((all, count) => all + (count ?? 0), 0);
  const tokens = sum(splits.map((of) => of?.[split].tokens));
  const here = sum(splits.map((of) => of?.[split].documents));
  const all = sum(splits.map((of) => sum([of?.train.documents, of?.validation.documents])));
  const dropped = sum(sources.map((name) => manifest.sources[name]?.dropped));
  const isAll = sources.length === Object.keys(manifest.sources).length;
  const subject = isAll ? `The ${split} split` : `The ${split} split of ${sources.join(", ")}`;
  return textErrors.CODEX_DATA_SPLIT_TOO_SHORT({
    what:
      kind === "windows"
        ? `${subject} has ${tokens} ${tokens === 1 ? "token" : "tokens"}; a contextLength of ${shape.contextLength} needs ${shape.contextLength + 1}.`
        : `${subject} has no document of two tokens.`,
    where: `data: ${placeOf(manifest, sources, all + dropped)}`,
    why: `${here} of ${all + dropped} documents went to this split, and ${dropped} were dropped.`,
    fix: fixOf(manifest, split),
  });
}

function placeOf(manifest: DataManifest, sources: readonly string[], documents: number): string {
  if (sources.length < Object.keys(manifest.sources).length) return sources.join(", ");
  const { firstDocument = "no document" } = manifest;
  return `${firstDocument}${documents > 1 ? ` and ${documents - 1} more` : ""}`;
}

function fixOf({ split: { kind, nextFraction } }: DataManifest, split: "train" | "validation"): string | undefined {
  if (kind !== "documents" || split === "train") return undefined;
  const next = nextFraction === undefined ? "" : ` or data.validationFraction=${roundUp(nextFraction)}`;
  return (
    "Set data.split=tails to hold out the end of each document, name held-out files in data.validationPaths," +
    `${next || " or give more text"}.`
  );
}

/** The next number of three digits above a place, so that the document at the place is below it. */
function roundUp(place: number): number {
  return Math.min(0.999, Math.floor(place * 1000 + 1) / 1000);
}

import type { DataProblem } from "../../contracts/batch-source.js";
import type { CorpusFile, CorpusSource } from "../../contracts/corpus.js";
import type { DataManifest } from "../../contracts/data-manifest.js";

/** What of a corpus's files is not as a manifest says. */
export function compareSources(manifest: DataManifest, sources: readonly CorpusSource[]): DataProblem[] {
  const before = filesById(Object.values(manifest.sources));
  const now = filesById(sources);
  const problems: DataProblem[] = [];
  for (const [id, file] of before) {
    const problem = differenceOf(file, now.get(id));
    if (problem) problems.push({ file: id, problem });
  }
  for (const id of now.keys()) {
    if (!before.has(id)) problems.push({ file: id, problem: "the manifest does not have it" });
  }
  return problems;
}

/** How a file differs from what is known of it; undefined when it does not. */
export function differenceOf(
  known: CorpusFile,
  now: { readonly sizeBytes: number; readonly sha256?: string } | undefined,
): string | undefined {
  if (!now) return "it is gone";
  if (now.sizeBytes !== known.sizeBytes) return `it has ${now.sizeBytes} bytes, and had ${known.sizeBytes}`;
  if (now.sha256 === undefined || now.sha256 === known.sha256) return undefined;
  return `its content changed: SHA-256 ${now.sha256.slice(0, 12)}…, and was ${known.sha256.slice(0, 12)}…`;
}

function filesById(sources: readonly { readonly files: readonly CorpusFile[] }[]): Map<string, CorpusFile> {
  return new Map(sources.flatMap(({ files }) => files.map((file) => [file.id, file])));
}

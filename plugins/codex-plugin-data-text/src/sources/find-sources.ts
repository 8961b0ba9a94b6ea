import type { TextOptions } from "../options.js";
import { type FoundFile, findFiles, type SearchSettings } from "./find-files.js";
import { packageFacts } from "./package-facts.js";
import { onlySource } from "./split-documents.js";
import type { TextSource } from "./text-corpus.js";

/**
 * The sources that the options name: one called `text` for `paths`, or the parts of `mixture` in the order of their
 * names. Files that are held out lead the source `text`; of a mixture, those that no part names are a source of their
 * own, `validation`, of weight 0.
 *
 * @throws what `findFiles` throws
 */
export async function findSources(options: TextOptions, projectFolder: string): Promise<TextSource[]> {
  const { paths, mixture = {}, validationPaths = [], dataset } = options;
  const settings: SearchSettings = { projectFolder, extensions: options.extensions, dataset };
  if (paths) return [await sourceOf(onlySource, await findFiles([...validationPaths, ...paths], settings), options)];
  const known = new Map<string, FoundFile>();
  const heldOut = await findFiles(validationPaths, settings, known);
  const sources: TextSource[] = [];
  for (const [name, part] of Object.entries(mixture).sort(byName)) {
    const search: SearchSettings = { ...settings, extensions: part.extensions ?? options.extensions };
    const files = await findFiles(part.paths, search, known);
    const source = await sourceOf(name, files, { ...options, ...part });
    sources.push({ ...source, textFieldOption: `data.mixture.${name}.textField` });
  }
  const inParts = new Set(sources.flatMap((source) => source.files));
  const others = heldOut.filter((file) => !inParts.has(file));
  if (others.length > 0) sources.push(await sourceOf("validation", others, { ...options, weight: 0 }));
  return sources;
}

/** Ids of the files that are held out; undefined when the options name none. */
export async function findHeldOut(
  { validationPaths, extensions }: TextOptions,
  projectFolder: string,
): Promise<string[] | undefined> {
  if (!validationPaths) return undefined;
  return (await findFiles(validationPaths, { projectFolder, extensions })).map((file) => file.id);
}

interface KnownOfSource {
  readonly weight?: number;
  readonly textField: string;
  readonly license?: string | undefined;
  readonly homepage?: string | undefined;
}

async function sourceOf(name: string, files: readonly FoundFile[], known: KnownOfSource): Promise<TextSource> {
  const facts = await packageFacts(files);
  const license = known.license ?? facts.license;
  const homepage = known.homepage ?? facts.homepage;
  return {
    ...{ name, weight: known.weight ?? 1, textField: known.textField, files },
    ...(license === undefined ? {} : { license }),
    ...(homepage === undefined ? {} : { homepage }),
  };
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

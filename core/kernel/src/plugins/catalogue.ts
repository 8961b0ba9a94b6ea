import { join } from "node:path";
import type { JsonObject } from "../contracts/json.js";
import type { CodexError } from "../errors/codex-error.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import { nearestName } from "./nearest-name.js";
import type { PluginEntry } from "./plugin-entry.js";
import { kernelPoint } from "./points.js";

/** A type that was found: the plugin that provides it, and the schema of its options. */
export interface CatalogueMatch {
  readonly entry: PluginEntry;
  readonly pointKey: string;
  /** The type without a package in front. */
  readonly type: string;
  readonly schema: JsonObject;
}

/** The plugins that a project can use, known by their manifests alone. */
export class PluginCatalogue {
  constructor(
    readonly entries: readonly PluginEntry[],
    /** Folders and packages that were searched, for messages. */
    readonly searched: readonly string[],
  ) {}

  /** Types that usable plugins provide for a point, sorted. */
  types(pointKey: string): readonly string[] {
    const types = new Set<string>();
    for (const entry of this.entries) {
      if (entry.problem) continue;
      for (const type of Object.keys(provided(entry, pointKey) ?? {})) types.add(type);
    }
    return [...types].sort();
  }

  /**
   * The plugin that provides a type. `PACKAGE#TYPE` settles two that claim one.
   *
   * @param askedBy who asks, for the error: a config key with its file
   * @throws CODEX_PLUGIN_UNKNOWN_TYPE, CODEX_PLUGIN_AMBIGUOUS_TYPE, or the problem of the plugin that provides it
   */
  find(pointKey: string, type: string, askedBy?: string): CatalogueMatch {
    const hash = type.lastIndexOf("#");
    const packageName = hash < 0 ? undefined : type.slice(0, hash);
    const bare = bareType(type);
    const claimants = this.entries.filter((entry) => {
      const types = provided(entry, pointKey);
      const named = packageName === undefined || entry.packageName === packageName;
      return named && types !== undefined && Object.hasOwn(types, bare);
    });
    const usable = claimants.filter((entry) => !entry.problem);
    if (usable.length > 1) throw ambiguous(pointKey, bare, usable, askedBy);
    const [entry] = usable;
    if (entry) return { entry, pointKey, type: bare, schema: provided(entry, pointKey)![bare]!.schema };
    const broken = claimants[0]?.problem ?? this.#brokenPackage(packageName);
    throw broken ?? this.#unknown(pointKey, type, askedBy);
  }

  #brokenPackage(packageName: string | undefined): CodexError | undefined {
    return this.entries.find((entry) => entry.packageName === packageName && entry.problem)?.problem;
  }

  #unknown(pointKey: string, type: string, askedBy: string | undefined): CodexError {
    const section = kernelPoint(pointKey)?.section ?? pointKey;
    const available = this.types(pointKey);
    const near = nearestName(type, available);
    const wanted = packageOf(type) ?? `codex-plugin-${section}-${installable(type)}`;
    const installed = this.#installedFor(wanted, type);
    const broken = this.entries.filter((entry) => entry.problem && entry !== installed);
    const why = [
      available.length > 0 ? `Available: ${available.join(", ")}.` : `No installed plugin provides any ${pointKey}.`,
      `Searched: ${this.searched.length > 0 ? this.searched.join(", ") : "nothing"}.`,
      ...(broken.length > 0
        ? [`Not usable: ${broken.map((entry) => entry.packageName).join(", ")} (\`codex list\` says why).`]
        : []),
    ];
    const meant = near ? ` Did you mean "${near}"?` : "";
    const nearFix = near ? `Write \`type: ${near}\`` : undefined;
    const what = `No plugin provides ${pointKey} type "${type}".${meant}`;
    if (!installed) {
      // What is made up of a mistyped word may be anybody's package, so that only a package's name is one to install.
      const fix = nearFix ?? (packageOf(type) === undefined ? undefined : `npm install ${wanted}`);
      const content = { what, where: askedBy, why: why.join(" "), ...(fix === undefined ? {} : { fix }) };
      return pluginErrors.CODEX_PLUGIN_UNKNOWN_TYPE(content);
    }
    const { packageName, problem } = installed;
    const but = problem ? `is broken: ${problem.what}` : `its manifest names ${namedTypes(installed)}.`;
    return pluginErrors.CODEX_PLUGIN_UNKNOWN_TYPE({
      what: `${what} ${packageName} is installed, but ${but}`,
      where: askedBy,
      why: why.join(" "),
      fix: problem?.fix ?? nearFix ?? fixOfNames(installed, pointKey, bareType(type)),
      cause: problem,
    });
  }

  /** The installed plugin that one would expect a type of: by its package's name, or a broken one that names it. */
  #installedFor(packageName: string, type: string): PluginEntry | undefined {
    const named = this.entries.find((entry) =>
      [entry.packageName, entry.packageName.replace(/^@[^/]+\//, "")].includes(packageName),
    );
    if (named) return named;
    return this.entries.find(
      ({ problem, provides }) =>
        problem && Object.values(provides).some((types) => Object.hasOwn(types, bareType(type))),
    );
  }
}

/** `tracker lines, tracker notes`, or `no type`. */
function namedTypes({ provides }: PluginEntry): string {
  const names = Object.entries(provides).flatMap(([point, types]) =>
    Object.keys(types).map((type) => `${point} ${type}`),
  );
  return names.length > 0 ? names.join(", ") : "no type";
}

function provided(entry: PluginEntry, pointKey: string): PluginEntry["provides"][string] | undefined {
  return Object.hasOwn(entry.provides, pointKey) ? entry.provides[pointKey] : undefined;
}

/** What to write where a sound plugin is there under the wanted name, and its types have others. */
function fixOfNames(entry: PluginEntry, pointKey: string, type: string): string {
  const own = Object.keys(provided(entry, pointKey) ?? {});
  const file = join(entry.folder, "package.json");
  const inManifest = `"${pointKey}": { "${type}": { "schema": "./FILE.json" } } in "codex.provides" of ${file}.`;
  if (own.length === 0) return `If the plugin is yours, write ${inManifest}`;
  return `Write \`type: ${own.join("` or `type: ")}\`; or, if the plugin is yours, ${inManifest}`;
}

/** A type without the package in front. */
function bareType(type: string): string {
  return type.slice(type.lastIndexOf("#") + 1);
}

function packageOf(type: string): string | undefined {
  const hash = type.lastIndexOf("#");
  return hash > 0 ? type.slice(0, hash) : undefined;
}

/** A type as the end of a package name. */
function installable(type: string): string {
  return (
    type
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, "-")
      .slice(0, 100) || "NAME"
  );
}

function ambiguous(
  pointKey: string,
  type: string,
  claimants: readonly PluginEntry[],
  askedBy: string | undefined,
): CodexError {
  const names = claimants.map((entry) => `${entry.packageName}@${entry.version}`).join(" and ");
  return pluginErrors.CODEX_PLUGIN_AMBIGUOUS_TYPE({
    what: `${names} both provide ${pointKey} type "${type}".`,
    where: askedBy,
    why: claimants.map((entry) => `${entry.packageName}: ${entry.folder || "in memory"}`).join("; "),
    fix: `Write ${claimants.map((entry) => `\`type: ${entry.packageName}#${type}\``).join(" or ")}.`,
  });
}

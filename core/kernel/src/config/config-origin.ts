/** Where a value of a config comes from, lowest precedence first. */
export type OriginKind = "default" | "file" | "dataset" | "group" | "preset" | "inline" | "flag" | "override";

/** The place that set a value. */
export interface ConfigOrigin {
  readonly kind: OriginKind;
  /** Path from the project's folder, or absolute when it lies outside. */
  readonly file?: string;
  /** From 1 on. */
  readonly line?: number;
  /** From 1 on. */
  readonly column?: number;
  /** The dataset, preset, group, flag or override, or the package whose schema gives the default. Never a value. */
  readonly name?: string;
}

const labels: { readonly [Kind in OriginKind]: string } = {
  default: "default of",
  file: "project config",
  dataset: "dataset",
  group: "group",
  preset: "preset",
  inline: "the program's config",
  flag: "flag",
  override: "override",
};

/** `file:line:column` as editors and terminals link it, or undefined for what is in no file. */
export function originPlace(origin: ConfigOrigin): string | undefined {
  if (origin.file === undefined) return undefined;
  if (origin.line === undefined) return origin.file;
  return origin.column === undefined
    ? `${origin.file}:${origin.line}`
    : `${origin.file}:${origin.line}:${origin.column}`;
}

/** An origin in words: `preset quickstart (configs/quickstart.yaml:4:3)`. */
export function describeOrigin(origin: ConfigOrigin): string {
  if (origin.kind === "default" && origin.name === undefined) return "built-in defaults";
  if (origin.kind === "dataset") return `${origin.file} → ${origin.name}`;
  const label = [labels[origin.kind], origin.name].filter(Boolean).join(" ");
  const place = originPlace(origin);
  return place === undefined ? label : `${label} (${place})`;
}

/** Where each leaf of a config comes from, in words, by dotted path. No value is in it. */
export function originsInWords(config: { readonly origins: { readonly [path: string]: ConfigOrigin } }): {
  readonly [path: string]: string;
} {
  return Object.fromEntries(Object.entries(config.origins).map(([path, origin]) => [path, describeOrigin(origin)]));
}

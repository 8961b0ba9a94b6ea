import type { Json } from "../contracts/json.js";
import { configErrors } from "../errors/config-errors.js";
import { type ConfigOrigin, describeOrigin } from "./config-origin.js";
import { type ConfigNode, type ConfigPath, leaves, nodeAt, pathText, toJson } from "./config-tree.js";
import type { ResolvedConfig } from "./resolved-config.js";
import { descriptionOf } from "./schema-view.js";

/** A value that counted once, and what set it. */
export interface ValueOfOrigin {
  /** Absent for secrets. */
  readonly value?: Json;
  readonly origin: ConfigOrigin;
  /** The origin in words. */
  readonly from: string;
}

/** Why a key has the value it has. */
export interface KeyExplanation {
  readonly key: string;
  /** False for a key that a schema knows, and that has neither value nor default. */
  readonly isSet: boolean;
  readonly isSecret: boolean;
  readonly value?: Json;
  readonly origin?: ConfigOrigin;
  readonly from?: string;
  /** The text before interpolation, where it differs. Absent for secrets. */
  readonly source?: string;
  /** What it overrode, newest first. */
  readonly overrode: readonly ValueOfOrigin[];
  readonly description?: string;
}

/**
 * Explains a key, or each leaf of a section.
 *
 * @throws CODEX_CONFIG_NO_SUCH_KEY
 */
export function explainKey(config: ResolvedConfig, key: string): readonly KeyExplanation[] {
  const path = key.split(".");
  const node = nodeAt(config.tree, path);
  if (node) return [...leaves(node, path)].map(([at, leaf]) => explainLeaf(config, at, leaf));
  if (config.schema.knows(path)) {
    return [{ key, isSet: false, isSecret: config.schema.isSecret(path), overrode: [], ...described(config, path) }];
  }
  const near = config.schema.nearestPath(path);
  throw configErrors.CODEX_CONFIG_NO_SUCH_KEY({
    what: `There is no key ${key}.${near ? ` Did you mean ${pathText(near)}?` : ""}`,
    where: "codex config explain",
    why: config.schema.describeSurroundings(path),
  });
}

function explainLeaf(config: ResolvedConfig, path: ConfigPath, node: ConfigNode): KeyExplanation {
  const isSecret = config.isSecret(path, node);
  const overrode: ValueOfOrigin[] = [];
  for (let before = node.previous; before; before = before.previous) {
    const from = describeOrigin(before.origin);
    overrode.push(isSecret ? { origin: before.origin, from } : { value: toJson(before), origin: before.origin, from });
  }
  return {
    key: pathText(path),
    isSet: true,
    isSecret,
    ...(isSecret ? {} : { value: config.redactedAt(path) }),
    origin: node.origin,
    from: describeOrigin(node.origin),
    ...(node.source === undefined || isSecret ? {} : { source: node.source }),
    overrode,
    ...described(config, path),
  };
}

function described(config: ResolvedConfig, path: ConfigPath): { readonly description?: string } {
  for (const view of config.schema.viewsAt(path)) {
    const description = descriptionOf(view);
    if (description !== undefined) return { description };
  }
  return {};
}

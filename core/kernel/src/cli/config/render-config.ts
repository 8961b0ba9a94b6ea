import { type Document, isNode, isPair, isScalar, parseDocument, visit } from "yaml";
import { describeOrigin } from "../../config/config-origin.js";
import type { KeyExplanation } from "../../config/explain.js";
import type { ResolvedConfig } from "../../config/resolved-config.js";
import type { Json } from "../../contracts/json.js";

/** A config as YAML, with a note of the secrets that are left out. */
export function renderConfig(config: ResolvedConfig): string {
  return `${config.toYaml()}${leftOut(config)}`;
}

/** A config as YAML in which each leaf says where it comes from. */
export function renderConfigWithOrigins(config: ResolvedConfig): string {
  const document: Document = parseDocument(config.toYaml());
  visit(document, {
    Pair(_, pair, parents) {
      const path = [...parents.filter(isPair), pair].map(({ key }) => String(isScalar(key) ? key.value : key));
      const origin = config.origins[path.join(".")];
      if (!origin || !isNode(pair.value)) return undefined;
      if (isScalar(pair.value)) pair.value.comment = ` ${describeOrigin(origin)}`;
      else pair.value.commentBefore = ` ${describeOrigin(origin)}`;
      return undefined;
    },
  });
  return `${document.toString({ lineWidth: 0 })}${leftOut(config)}`;
}

function leftOut(config: ResolvedConfig): string {
  return config.secrets.length === 0 ? "" : `# left out, because secret: ${config.secrets.join(", ")}\n`;
}

/** Explanations, an empty line between two. */
export function renderExplanations(explanations: readonly KeyExplanation[]): string {
  return explanations.map(renderExplanation).join("\n");
}

function renderExplanation(explanation: KeyExplanation): string {
  const { key, isSet, isSecret, value, from, source, overrode, values, description } = explanation;
  const lines = isSet
    ? [`${key} = ${isSecret ? "(secret)" : short(value)}`, `  set by    ${from}`]
    : [unset(explanation)];
  if (source !== undefined) lines.push(`  from      ${source}`);
  for (const before of overrode) {
    lines.push(`  instead of ${isSecret ? "(secret)" : short(before.value)}, ${before.from}`);
  }
  if (values) lines.push(`  takes     ${values}`);
  if (description) lines.push(`  ${description}`);
  return `${lines.join("\n")}\n`;
}

function unset({ key, default: byDefault, isRequired }: KeyExplanation): string {
  const map = key.slice(0, key.lastIndexOf("."));
  if (byDefault !== undefined) return `${key} is not set; with ${map} it is ${short(byDefault)}.`;
  return isRequired ? `${key} is not set; with ${map} it has to be.` : `${key} is not set.`;
}

function short(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}

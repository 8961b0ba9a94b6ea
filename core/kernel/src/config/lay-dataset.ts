import { datasetLabel, findDataset, parseDatasetReference } from "../datasets/dataset-reference.js";
import type { ConfigOrigin } from "./config-origin.js";
import { whereOf } from "./config-problem.js";
import { type ConfigNode, isMapNode, nodeAt, withNode } from "./config-tree.js";
import { replaceAt } from "./fill-defaults.js";
import { mergeTrees } from "./merge-trees.js";
import type { Override } from "./overrides.js";
import { treeOfValue } from "./tree-of-value.js";

/**
 * Lays the registered section that `data.dataset` names under the `data` of one document, and makes the whole of it
 * take the place of what other documents say of `data` below. Where a fingerprint stands beside the name, the section
 * is one that was laid before, as in the config.yaml of a run: nothing is looked up.
 *
 * @throws CODEX_DATASET_NAME, CODEX_DATASET_UNKNOWN, CODEX_DATASETS_INVALID
 */
export async function layDataset(tree: ConfigNode, projectFolder: string): Promise<ConfigNode> {
  const data = nodeAt(tree, ["data"]);
  const named = nodeAt(data, ["dataset"]);
  if (!isMapNode(data) || typeof named?.content !== "string") return tree;
  if (data.content.has("fingerprint")) return replaceAt(tree, ["data"], { ...data, whole: true });
  const where = whereOf(named.origin, ["data", "dataset"]);
  const reference = parseDatasetReference(named.content, where);
  const { readRegistry, registryFile } = await import("../datasets/read-registry.js");
  const dataset = findDataset(await readRegistry(projectFolder), reference, where);
  const label = datasetLabel(dataset);
  const origin: ConfigOrigin = { kind: "dataset", file: registryFile, name: label };
  const below = treeOfValue({ ...dataset.data, fingerprint: dataset.fingerprint }, origin);
  const settled = named.content === label ? named : { ...named, content: label, source: named.content };
  const above = { ...data, content: new Map(data.content).set("dataset", settled) };
  return replaceAt(tree, ["data"], { ...mergeTrees(below, above), whole: true });
}

/**
 * Overrides in which one that names a dataset sets the whole of `data`, in front of the others: what they may set
 * depends on the section that the name stands for.
 */
export async function layDatasetOverrides(
  overrides: readonly Override[],
  projectFolder: string,
): Promise<{ readonly datasets: readonly Override[]; readonly others: readonly Override[] }> {
  const datasets: Override[] = [];
  const others: Override[] = [];
  for (const override of overrides) {
    const { kind, path, value } = override;
    const [section, key] = path;
    const mayName = kind !== "remove" && section === "data" && (path.length === 1 || key === "dataset");
    const laid = mayName
      ? nodeAt(await layDataset(withNode(undefined, path, value), projectFolder), ["data"])
      : undefined;
    if (laid?.whole) datasets.push({ ...override, path: ["data"], value: laid });
    else others.push(override);
  }
  return { datasets, others };
}

import { ancestorsOf, type Graph, nodesOf, useCounts } from "../ir/graph.js";
import { bytesOf } from "../ir/liveness.js";
import { floatAttribute, int, intAttribute, type Node, nodeOf, producer, sameShape, type Value } from "../ir/value.js";
import { nativeDomain } from "../target/target.js";
import { replaceValues } from "./replace-values.js";

/**
 * Bytes of logits that a head may hold in training. Products of fewer rows read the weight more often: of 1024 rows by
 * 50257 classes, chunks of 512 took 1 to 4 % more of one core with AVX-512, chunks of 342 4 to 9 %.
 */
const mostLogitsBytes = 2 ** 27;

/** Chunks that a head goes in, of logits of so many bytes. */
export function chunkCount(bytes: number, mostBytes = mostLogitsBytes): number {
  return Math.ceil(bytes / mostBytes);
}

/** A head, its cross entropy and their gradients, of which one operator can take the place. */
interface Head {
  readonly x: Value;
  readonly weight: Value;
  readonly entropy: Node;
  readonly dLosses: Value;
  readonly dx: Node;
  readonly dWeight: Node;
}

/** A product without a factor. */
function isProduct(node: Node | undefined, transA: number, transB: number): node is Node {
  if (node?.op !== "Gemm" || node.domain !== "" || floatAttribute(node, "alpha", 1) !== 1) return false;
  return intAttribute(node, "transA", 0) === transA && intAttribute(node, "transB", 0) === transB;
}

/** The head of a cross entropy's gradient, where nothing else reads what lies between. */
function headOf(gradient: Node, nodes: readonly Node[], counts: ReadonlyMap<Value, number>): Head | undefined {
  const [dLosses, probabilities] = gradient.inputs as [Value, Value];
  const dLogits = gradient.outputs[0]!;
  const entropy = nodeOf(probabilities);
  const logits = producer(entropy?.inputs[0], "Gemm");
  if (entropy?.op !== "CrossEntropy" || !logits || !isProduct(logits, 0, 1) || logits.inputs.length > 2)
    return undefined;
  if (counts.get(probabilities) !== 1 || counts.get(logits.outputs[0]!) !== 1 || counts.get(dLogits) !== 2)
    return undefined;
  const [x, weight] = logits.inputs as [Value, Value];
  const readers = nodes.filter((node) => node.inputs[0] === dLogits);
  const dx = readers.find((node) => isProduct(node, 0, 0) && node.inputs[1] === weight && node.inputs.length === 2);
  const dWeight = readers.find((node) => isProduct(node, 1, 0) && node.inputs[1] === x);
  if (!dx || !dWeight) return undefined;
  const base = dWeight.inputs[2];
  if (base && !sameShape(base.shape, weight.shape)) return undefined;
  const isFree = [dLosses, base].every((value) => !value || !ancestorsOf(nodeOf(value)).has(entropy));
  return isFree ? { x, weight, entropy, dLosses, dx, dWeight } : undefined;
}

/**
 * A head with its cross entropy and their gradients → one operator that goes through the rows in chunks, where all
 * logits at once would take more than `mostBytes`. The slopes of the losses must not wait for the losses, as those of a
 * mean of them do not. Before products become native ones.
 */
export function fuseHead(graph: Graph, mostBytes = mostLogitsBytes): Graph {
  const g = graph.builder;
  const nodes = nodesOf(graph);
  const counts = useCounts(graph);
  const replacements = new Map<Value, Value>();
  for (const gradient of nodes) {
    const bytes = gradient.op === "CrossEntropyGradient" ? bytesOf(gradient.outputs[0]!) : 0;
    const head = bytes > mostBytes ? headOf(gradient, nodes, counts) : undefined;
    if (!head) continue;
    const { x, weight, entropy, dLosses, dx, dWeight } = head;
    const rows = x.shape[0]!;
    const chunkRows = Math.ceil(rows / chunkCount(bytes, mostBytes));
    const inputs = [x, weight, entropy.inputs[1], dLosses, dWeight.inputs[2]];
    const shapes = [[rows], x.shape, weight.shape, [chunkRows, weight.shape[0]!]];
    const specs = shapes.map((shape) => ({ dtype: "float32" as const, shape }));
    const fused = g.node("HeadCrossEntropy", inputs, specs, { chunkRows: int(chunkRows) }, nativeDomain);
    [entropy, dx, dWeight].forEach((node, index) => {
      replacements.set(node.outputs[0]!, fused.outputs[index]!);
    });
  }
  return replaceValues(graph, replacements);
}

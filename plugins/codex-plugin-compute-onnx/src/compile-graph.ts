import type { Tensor } from "@tensorflow/tfjs-core";
import type { Program } from "codex-core";
import type { CompiledGraph } from "./compiled-graph.js";
import { emitElementwise } from "./emit/emit-elementwise.js";
import { emitSession } from "./emit/emit-session.js";
import { narrowProducts } from "./passes/narrow-products.js";
import { optimizeGraph } from "./passes/optimize-graph.js";
import { recognizeElementwise } from "./passes/recognize-elementwise.js";
import { recordProgram } from "./record/record-program.js";
import { cpuTarget, type Target } from "./target/target.js";

/**
 * Records a program's body, rewrites the graph and emits it as ONNX for a target. Synchronous, and touches no device.
 *
 * @throws CODEX_COMPUTE_READ_IN_BODY when the body reads a tensor's values.
 * @throws CODEX_COMPUTE_KERNEL_MISSING when it uses an operation that has no compiled form.
 * @throws CODEX_COMPUTE_STATE_MISMATCH when it returns something else than the program declares.
 */
export function compileGraph(program: Program<Tensor>, target: Target = cpuTarget): CompiledGraph {
  const graph = target.lower(optimizeGraph(recordProgram(program, target)));
  const parts = target.slices ? recognizeElementwise(graph) : undefined;
  if (parts) return emitElementwise(parts);
  if (program.weights !== "int8" || !target.native) return emitSession(graph, target);
  const { graph: narrow, narrowed } = narrowProducts(graph);
  return emitSession(narrow, target, narrowed);
}

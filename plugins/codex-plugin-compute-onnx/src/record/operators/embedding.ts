import { gather, reshape } from "../../ir/movement-operators.js";
import { sizeOf } from "../../ir/value.js";
import type { KernelFamily } from "../recorded-kernel.js";
import { scatterAddRows } from "../scatter-add-rows.js";

export const embeddingKernels: KernelFamily = {
  CodexEmbedding: ({ g, input }) => gather(g, input("table"), input("ids"), 0),
  CodexEmbeddingGrad: ({ g, input, attrs }) => {
    const [dy, ids] = [input("dy"), input("ids")];
    const count = sizeOf(ids.shape);
    const rows = reshape(g, dy, [count, dy.shape.at(-1)!]);
    return scatterAddRows(g, rows, reshape(g, ids, [count]), attrs.get<number>("vocabSize"));
  },
};

import { gather, reshape } from "../../ir/movement-operators.js";
import { int, sizeOf } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelFamily } from "../recorded-kernel.js";
import { scatterAddRows } from "../scatter-add-rows.js";

export const embeddingKernels: KernelFamily = {
  CodexEmbedding: ({ g, input }) => gather(g, input("table"), input("ids"), 0),
  CodexEmbeddingGrad: ({ g, native, input, attrs }) => {
    const [dy, ids] = [input("dy"), input("ids")];
    const count = sizeOf(ids.shape);
    const rows = reshape(g, dy, [count, dy.shape.at(-1)!]);
    const places = reshape(g, ids, [count]);
    const vocabSize = attrs.get<number>("vocabSize");
    if (!native) return scatterAddRows(g, rows, places, vocabSize);
    const shape = [vocabSize, rows.shape[1]!];
    return g.apply("EmbeddingGradient", [rows, places], "float32", shape, { vocabSize: int(vocabSize) }, nativeDomain);
  },
};

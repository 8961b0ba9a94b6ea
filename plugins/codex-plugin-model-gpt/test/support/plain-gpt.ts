import type { GptOptions } from "codex-plugin-model-gpt";

type Values = ReadonlyMap<string, Float32Array>;

/**
 * GPT-2's forward pass for one sequence in double precision, with loops alone: what the model has to agree with.
 * Returns logits by token.
 */
export function plainGpt(options: GptOptions, values: Values, tokenIds: readonly number[]): number[][] {
  const { embedDim: width, headCount, layerCount } = options;
  const at = (name: string, row: number, column: number, columns: number) =>
    (values.get(name) as Float32Array)[row * columns + column] as number;
  const bias = (name: string, column: number) => values.get(`${name}.bias`)?.[column] ?? 0;
  const linear = (name: string, x: readonly number[], outputs: number) =>
    Array.from({ length: outputs }, (_, column) =>
      x.reduce((sum, value, row) => sum + value * at(`${name}.weight`, row, column, outputs), bias(name, column)),
    );
  const norm = (name: string, x: readonly number[]) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / width;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    return x.map(
      (value, column) =>
        ((value - mean) / Math.sqrt(variance + 1e-5)) * at(`${name}.weight`, 0, column, width) + bias(name, column),
    );
  };
  const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  const plus = (a: readonly number[], b: readonly number[]) => a.map((value, index) => value + (b[index] as number));

  let rows = tokenIds.map((id, place) =>
    Array.from(
      { length: width },
      (_, column) => at("wte.weight", id, column, width) + at("wpe.weight", place, column, width),
    ),
  );
  for (let layer = 0; layer < layerCount; layer += 1) {
    const name = `h.${layer}`;
    const projected = rows.map((row) => linear(`${name}.attn.c_attn`, norm(`${name}.ln_1`, row), 3 * width));
    const attended = rows.map((_, place) => {
      const y = new Array<number>(width).fill(0);
      const headWidth = width / headCount;
      for (let head = 0; head < headCount; head += 1) {
        const lane = (part: number, row: number, index: number) =>
          projected[row]?.[part * width + head * headWidth + index] as number;
        const scores = Array.from({ length: place + 1 }, (_, other) => {
          let dot = 0;
          for (let index = 0; index < headWidth; index += 1) dot += lane(0, place, index) * lane(1, other, index);
          return Math.exp(dot / Math.sqrt(headWidth));
        });
        const total = scores.reduce((sum, score) => sum + score, 0);
        for (const [other, score] of scores.entries()) {
          for (let index = 0; index < headWidth; index += 1) {
            y[head * headWidth + index] = (y[head * headWidth + index] ?? 0) + (score / total) * lane(2, other, index);
          }
        }
      }
      return y;
    });
    rows = rows.map((row, place) => plus(row, linear(`${name}.attn.c_proj`, attended[place] as number[], width)));
    rows = rows.map((row) => {
      const hidden = linear(`${name}.mlp.c_fc`, norm(`${name}.ln_2`, row), 4 * width).map(gelu);
      return plus(row, linear(`${name}.mlp.c_proj`, hidden, width));
    });
  }
  const vocabSize = (values.get("wte.weight") as Float32Array).length / width;
  return rows.map((row) => {
    const x = norm("ln_f", row);
    return Array.from({ length: vocabSize }, (_, id) =>
      x.reduce((sum, value, column) => sum + value * at("wte.weight", id, column, width), 0),
    );
  });
}

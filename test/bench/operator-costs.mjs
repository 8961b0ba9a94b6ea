const bytesOf = { float: 4, int32: 4, int64: 8, uint64: 8, uint32: 4, bool: 1, uint8: 1, double: 8, float16: 2 };
const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** Shapes with dtypes of an event's inputs or outputs: `[{"float":[768,128]}]`. */
const tensorsOf = (shapes) => shapes.flatMap((entry) => Object.entries(entry));

/** Shapes of an event's inputs or outputs. */
const shapesOf = (tensors) => tensorsOf(tensors).map(([, shape]) => shape);

/**
 * Products of A [batch, m, k] and B [batch, k, n], however transposed: the root of the sizes' product A B C is
 * batch^1.5 m k n, or batch m k n where B is one for all.
 */
function productFlops(inputs, outputs) {
  const [a, b] = shapesOf(inputs);
  const [c] = shapesOf(outputs);
  const batch = a.length > 2 && b.length > 2 ? sizeOf(c.slice(0, -2)) : 1;
  return 2 * Math.sqrt((sizeOf(a) * sizeOf(b) * sizeOf(c)) / batch);
}

/**
 * Causal attention, only what is not masked: a product touches (T + 1) / 2 places a row on average.
 *
 * @param {number} products two forward; five backward, as the scores are made again
 * @param {number[]} y its output's shape
 * @param {number[]} statistics [2, batch, heads, T]
 */
const attentionFlops = (products, y, statistics) => products * sizeOf(y) * (statistics.at(-1) + 1);

const forwardFlops = (_, outputs) => attentionFlops(2, ...shapesOf(outputs));
const backwardFlops = (inputs) => attentionFlops(5, ...shapesOf(inputs).slice(1, 3));

const flopsByOperator = {
  Gemm: productFlops,
  GemmGelu: productFlops,
  GemmWithRows: productFlops,
  MatMul: productFlops,
  FusedMatMul: productFlops,
  FusedGemm: productFlops,
  CausalAttention: forwardFlops,
  PackedCausalAttention: forwardFlops,
  CausalAttentionGradient: backwardFlops,
  PackedCausalAttentionGradient: backwardFlops,
};

/** Floating-point operations of an event; undefined for an operator that is bound by memory, or unknown. */
export function flopsOf({ op_name: operator, input_type_shape: inputs, output_type_shape: outputs }) {
  return flopsByOperator[operator]?.(inputs, outputs);
}

/** Bytes of an event's inputs and outputs: what it has to move when nothing is in a cache. */
export function bytesMoved({ input_type_shape: inputs, output_type_shape: outputs }) {
  const tensors = [...tensorsOf(inputs), ...tensorsOf(outputs)];
  return tensors.reduce((sum, [dtype, shape]) => sum + (bytesOf[dtype] ?? 4) * sizeOf(shape), 0);
}

/**
 * Sums by operator over the last steps of a profile.
 *
 * @param {readonly {threads: number, events: object[]}[]} sessions
 * @param {number} threads of the backend; a session with fewer runs beside others, and its time counts by its share
 * @param {number} allSteps that were run, of which the last `steps` count
 * @returns operators, the most time first: operator, calls and ms a step, FLOP and bytes a step
 */
export function sumOperators(sessions, threads, allSteps, steps) {
  const sums = new Map();
  for (const session of sessions) {
    const share = session.threads / threads;
    for (const { args, dur } of lastSteps(session.events, allSteps, steps)) {
      const { op_name: operator } = args;
      const sum = sums.get(operator) ?? { operator, calls: 0, ms: 0, flops: undefined, bytes: 0 };
      const flops = flopsOf(args);
      sum.calls += 1 / steps;
      sum.ms += (dur * share) / 1000 / steps;
      sum.bytes += bytesMoved(args) / steps;
      if (flops !== undefined) sum.flops = (sum.flops ?? 0) + flops / steps;
      sums.set(operator, sum);
    }
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}

/** Events of nodes in the last steps: a session that runs several times a step does so in every step. */
function lastSteps(events, allSteps, steps) {
  const runs = events.filter(({ name }) => name === "model_run").sort((a, b) => a.ts - b.ts);
  const skipped = Math.round((runs.length / allSteps) * (allSteps - steps));
  const from = runs[skipped]?.ts ?? Number.POSITIVE_INFINITY;
  return events.filter(({ cat, ts, args }) => cat === "Node" && args?.op_name !== undefined && ts >= from);
}

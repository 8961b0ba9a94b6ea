/** One change of the native operators' sources that breaks what they compute. */
export interface Mutation {
  readonly operator: string;
  /** What is wrong then. */
  readonly breaks: string;
  /** The text, which the file has once. */
  readonly replaces: string;
  readonly by: string;
}

/** Changes of one file, and what must notice each of them. */
export interface MutatedFile {
  /** Below the plugin's native/. */
  readonly file: string;
  /** The driver's subject (native/test), of whose checks at least one must fail. */
  readonly subject: string;
  readonly mutations: readonly Mutation[];
}

/** Changes of how ONNX Runtime's call becomes a kernel's, and the plugin's tests of which at least one must fail. */
export interface MutatedOperator {
  readonly file: string;
  /** Below the plugin's test/. */
  readonly tests: readonly string[];
  readonly mutations: readonly Mutation[];
}

/** An operator's change as one line of the table: operator, what breaks, the text, what replaces it. */
const change = (operator: string, breaks: string, replaces: string, by: string): Mutation => ({
  operator,
  breaks,
  replaces,
  by,
});

// biome-ignore format: a line a change, as in a table
export const mutatedFiles: readonly MutatedFile[] = [
  {
    file: "kernels/gemm-tile.h",
    subject: "gemm",
    mutations: [
      change("GEMM", "alpha is left out", "= alpha * sums[row][vector];", "= sums[row][vector];"),
      change("GEMM", "the first step of the depth is lost", "(size_t k = 0; k < depth; k++)", "(size_t k = 1; k < depth; k++)"),
      change("GEMM", "whole vectors do not accumulate", "base ? load(base + at) + product : product", "product"),
      change("GEMM", "the last columns do not accumulate", "base ? loadPart(base + at, left) + product : product", "product"),
    ],
  },
  {
    file: "kernels/gemm-packed.h",
    subject: "gemm",
    mutations: [change("GEMM", "each tile multiplies the first rows", "product(a + row * depth,", "product(a,")],
  },
  {
    file: "kernels/gemm-pack.h",
    subject: "gemm",
    mutations: [
      change("GEMM, packing along the depth", "an edge's last row is not packed", "i < here; i++) x[i] =", "i + 1 < here; i++) x[i] ="),
      change("GEMM, packing across", "an edge keeps one column", "std::min(lanes, left - i)", "std::min<size_t>(1, left - i)"),
      change("GEMM, packing of neither", "an edge repeats the first row", "i < here ? from[i * source.rowStride +", "i < here ? from["),
    ],
  },
  {
    file: "kernels/gemm.h",
    subject: "gemm",
    mutations: [
      change("GEMM + bias", "each block adds the first columns' bias", "x += whole ? load(p.bias + column + j)", "x += whole ? load(p.bias + j)"),
      change("GEMM + bias", "an edge has no bias", ": loadPart(p.bias + column + j, here);", ": Floats{};"),
      change("GEMM + GELU", "another GELU", "x = geluOf(x);", "x = x * sigmoid(1.702f * x);"),
      change("GEMM + GELU", "the copy is of GELU's result", "store(p.beforeGelu + at + j, x) :", "store(p.beforeGelu + at + j, geluOf(x)) :"),
      change("GEMM, accumulation", "a later pass forgets the one before", "from > 0 ? p.c + at : p.base ? p.base + at : nullptr", "p.base ? p.base + at : nullptr"),
      change("GEMM + bias", "the first pass finishes, not the last", "&& from + steps >= p.depth;", "&& from == 0;"),
      change("GEMM by rows", "parts of the depth read b from its start", "b.at(from + at, column + first)", "b.at(at, column + first)"),
      change("GEMM by rows", "parts of the depth read a from its start", "a.at(row, from + at)", "a.at(row, at)"),
      change("GEMM by columns", "parts of the depth read b from its start", "b.at(from + at, column),", "b.at(at, column),"),
      change("GEMM by columns", "parts of the depth read a from its start", "a.at(first, from + at)", "a.at(first, at)"),
    ],
  },
  {
    file: "kernels/gemm-few-rows.h",
    subject: "gemm",
    mutations: [
      change("GEMM of few rows", "alpha is of what is added too", "p.alpha * sum + (p.base ? p.base[at] : 0);", "p.alpha * (sum + (p.base ? p.base[at] : 0));"),
      change("GEMM of few rows", "only the first part of the depth is summed", "part < down; part++", "part < 1; part++"),
      change("GEMM of few rows", "the last columns lose a step", "k < streams; k++) sum += factors[row][k] * b[", "k + 1 < streams; k++) sum += factors[row][k] * b["),
      change("GEMM of few rows", "the depth's last step is lost", "for (; k < steps; k++)", "for (; k + 1 < steps; k++)"),
      change("GEMM of few rows, transposed", "the depth's end is lost", "if (k < depth) {", "if (false) {"),
      change("GEMM of few rows, transposed", "a quarter of the sums is lost", "+ (sums[row][2] + sums[row][3])", "+ sums[row][2]"),
    ],
  },
  {
    file: "kernels/attention.h",
    subject: "attention",
    mutations: [
      change("attention", "queries see one key ahead", "lanesFrom(query) >= static_cast<int32_t>(key);", "lanesFrom(query) >= static_cast<int32_t>(key) - 1;"),
      change("attention", "queries see earlier segments", "loadInts(ofQueries_ + query) == ofKeys_[key]", "loadInts(ofQueries_ + query) >= ofKeys_[key]"),
      change("attention", "scores are not scaled", "queries.count, width, shape.scale,", "queries.count, width, 1,"),
      change("attention", "earlier blocks keep another largest score", "if (visit > 0) scaleRows(", "if (false) scaleRows("),
      change("attention", "earlier sums of weights keep another largest score", "load(state.total + query) * factor;", "load(state.total + query);"),
      change("attention, dropout", "the mask is left out", "mask ? weight * load(mask + key * attentionBlock + query) : weight", "weight"),
      change("attention, dropout", "sums of weights are dropped out too", "total += weight;", "total += mask ? weight * load(mask + key * attentionBlock + query) : weight;"),
      change("attention, statistics", "kept as if all largest scores were 0", "std::memcpy(kept, state.largest, queries.count", "std::memset(kept, 0, queries.count"),
      change("attention, gradient", "queries see one key ahead", "lanesFrom(key) <= static_cast<int32_t>(query);", "lanesFrom(key) <= static_cast<int32_t>(query) + 1;"),
      change("attention, gradient", "queries see earlier segments", "loadInts(ofKeys_ + key) == ofQueries_[query]", "loadInts(ofKeys_ + key) <= ofQueries_[query]"),
    ],
  },
  {
    file: "kernels/attention-pack.h",
    subject: "attention",
    mutations: [
      change("attention, segments", "blocks that share a segment's edge do not meet", "least <= other.most &&", "least < other.most &&"),
      change("attention", "the last elements of a head are left out", "storePart(x + i, scaled * load(from + i), width - i);", "storePart(x + i, Floats{}, width - i);"),
    ],
  },
  {
    file: "kernels/attention-block.h",
    subject: "attention",
    mutations: [change("attention", "blocks replace what was summed", "adds ? load(c + row * cStride + vector * lanes) : Floats{}", "Floats{}")],
  },
  {
    file: "kernels/attention-mask.h",
    subject: "attention",
    mutations: [
      change("attention, dropout", "rows start where a group of draws does", "const size_t offset = first % drawsOfGroup;", "const size_t offset = 0;"),
      change("attention, dropout", "queries and keys change places", "(firstRow_ + query) * length_ + key", "(firstRow_ + key) * length_ + query"),
      change("attention, dropout", "what is kept is not scaled", "kept_(65536.0f / static_cast<float>(65536 - dropout.threshold))", "kept_(1.0f)"),
    ],
  },
  {
    file: "kernels/attention-gradient.h",
    subject: "attention",
    mutations: [
      change("attention, dq", "not scaled", "unpackRows(dQueries + i * block, queries.count, width, shape.scale,", "unpackRows(dQueries + i * block, queries.count, width, 1,"),
      change("attention, dq", "a query's own key adds nothing", "isDiagonal ? row + count : keys.count", "isDiagonal ? row : keys.count"),
      change("attention, dk", "of dy, not of q", "(dScores, {queryRows + i * block, packed}", "(dScores, {dyRows + i * block, packed}"),
      change("attention, dv", "of q, not of dy", "(scores, {dyRows + i * block, packed}", "(scores, {queryRows + i * block, packed}"),
      change("attention, dq and dk", "the softmax's own term is left out", "(gradient * factor - product)", "(gradient * factor)"),
      change("attention, dq and dk", "the mask is left out", "(gradient * factor - product)", "(gradient - product)"),
      change("attention, dv", "the mask is left out", "weight = weight * factor;", ""),
    ],
  },
  {
    file: "kernels/cached-attention.h",
    subject: "cached-attention",
    mutations: [
      change("cached attention", "new tokens see those behind them", "std::min(first + i + 1, x.capacity)", "std::min(first + x.count, x.capacity)"),
      change("cached attention", "scores are not scaled", "scores * x.scale", "scores"),
      change("cached attention", "keys are stored as values", "std::copy_n(x.v +", "std::copy_n(x.k +"),
      change("cached attention", "all sequences are as long as the first", "x.position[block / x.heads]", "x.position[0]"),
      change("cached attention", "the largest score is not taken off", "exponential(part.load(scores + i) - largestScore)", "exponential(part.load(scores + i))"),
      change("cached attention", "an odd width's last elements lose a key", "key < count; key++) sum +=", "key + 1 < count; key++) sum +="),
    ],
  },
  {
    file: "kernels/norm.h",
    subject: "norms",
    mutations: [
      change("LayerNorm", "lanes behind the row count", "part.load(x + i, mean) - mean;", "part.load(x + i) - mean;"),
      change("LayerNorm", "bias is left out", "norm.bias ? value + part.load(norm.bias + i) : value", "value"),
      change("LayerNorm", "the mean that the gradient needs is another", "norm.means[row] = mean;", "norm.means[row] = 0;"),
      change("LayerNorm, RMSNorm", "epsilon is left out", "static_cast<float>(width) + norm.epsilon", "static_cast<float>(width)"),
      change("RMSNorm", "the mean is taken off", "const float mean = centered ? sum(total) / static_cast<float>(width) : 0;", "const float mean = centered ? sum(total) / static_cast<float>(width) : x[0];"),
      change("LayerNorm, gradient", "the mean of the slopes is not taken off", "inner -= scaledMean;", "inner -= 0;"),
      change("LayerNorm and RMSNorm, gradient", "what the width depends on x is left out", "- normal * projection;", ";"),
      change("LayerNorm and RMSNorm, gradient of scale", "only the last row counts", "part.load(dScale + i) + slope * normal", "slope * normal"),
      change("LayerNorm, gradient of bias", "only the last row counts", "part.load(dBias + i) + slope", "slope"),
      change("LayerNorm and RMSNorm, gradient", "what is added is left out", "added ? inner + part.load(added + i) : inner", "inner"),
    ],
  },
  {
    file: "kernels/gelu.h",
    subject: "elementwise",
    mutations: [
      change("GELU", "the cubic term is a thousandth off", "geluCubic = 0.044715f", "geluCubic = 0.04476f"),
      change("GELU", "the last elements are not written", "if (i < to) storePart(y + i,", "if (false) storePart(y + i,"),
      change("GELU, gradient", "dy is left out", "store(dx + i, load(dy + i) * geluSlopeAt", "store(dx + i, geluSlopeAt"),
      change("GELU, gradient", "the cubic term's slope is left out", "(3 * w - 4 * geluSlope)", "w"),
    ],
  },
  {
    file: "kernels/swiglu.h",
    subject: "elementwise",
    mutations: [
      change("SwiGLU", "the gate is its sigmoid alone", "g * sigmoid(g) *", "sigmoid(g) *"),
      change("SwiGLU, gradient of gate", "the sigmoid's slope is left out", "* (1 + g * (1 - s))", ""),
      change("SwiGLU, gradient of up", "the sigmoid is left out", "slope * g * s)", "slope * g)"),
    ],
  },
  {
    file: "kernels/rotary.h",
    subject: "rotary",
    mutations: [
      change("rotary", "halves turn by another matrix", "second * cosine + first * sine)", "second * cosine - first * sine)"),
      change("rotary, interleaved", "pairs turn by another matrix", "second * cosines[i] + first * sines[i];", "second * cosines[i] - first * sines[i];"),
      change("rotary", "positions are places", "static_cast<float>(r.positions[block])", "static_cast<float>(block)"),
      change("rotary, inverse", "turns forward", "if (r.back) sines[i]", "if (false) sines[i]"),
    ],
  },
  {
    file: "kernels/cross-entropy.h",
    subject: "cross-entropies",
    mutations: [
      change("cross entropy", "the largest logit is not added again", "isInside ? highest - x[target]", "isInside ? -x[target]"),
      change("cross entropy", "the largest logit is not taken off", "lowest) - highest);", "lowest));"),
      change("cross entropy", "only a long row's last stretch counts", "totals += weights;", "totals = weights;"),
      change("cross entropy", "probabilities do not add up to 1", "const float inverse = 1 / total;", "const float inverse = 1;"),
      change("cross entropy", "a target outside of the row counts", "isInside = static_cast<uint32_t>(target) < width", "isInside = target < static_cast<int32_t>(width)"),
      change("cross entropy, gradient", "the target's 1 is not taken off", "(p[target] - 1) * slope", "p[target] * slope"),
      change("cross entropy, gradient", "the slope is left out", "part.load(p + i) * slope)", "part.load(p + i))"),
    ],
  },
  {
    file: "head-cross-entropy.h",
    subject: "cross-entropies",
    mutations: [
      change("head cross entropy", "weights keep the last chunk's gradient", "from == 0 ? head.base : head.dWeight", "head.base"),
      change("head cross entropy", "each chunk has the first one's slopes", "head.dLosses + from + first", "head.dLosses + first"),
      change("head cross entropy", "dx is written over the first chunk's", "head.dx + from * depth", "head.dx"),
    ],
  },
  {
    file: "kernels/embedding.h",
    subject: "sums",
    mutations: [
      change("embedding, gradient", "rows of one id replace each other", "part.load(row + i) + part.load(slope + i)", "part.load(slope + i)"),
      change("embedding, gradient", "the base is left out", "if (base) std::copy", "if (false) std::copy"),
      change("embedding, gradient", "an id outside of the table counts", "static_cast<uint32_t>(ids[n]);", "static_cast<uint32_t>(ids[n]) % vocabSize;"),
    ],
  },
  {
    file: "kernels/adamw.h",
    subject: "elementwise",
    mutations: [
      change("AdamW, first moment", "does not decay", "a.firstRate * (g - m)", "a.firstRate * g"),
      change("AdamW, second moment", "of gradients, not of their squares", "a.secondRate * (g * g)", "a.secondRate * g"),
      change("AdamW, second moment", "does not decay", "a.secondDecay * part.load", "part.load"),
      change("AdamW, decay", "is left out", "* a.decayFactor - change", "- change"),
      change("AdamW, bias correction", "is left out", "squareRoot(v) * a.inverseRootCorrection +", "squareRoot(v) +"),
      change("AdamW, epsilon", "is left out", "* a.inverseRootCorrection + a.epsilon)", "* a.inverseRootCorrection)"),
      change("AdamW, clipping", "is left out", "part.load(a.gradient + i) * a.gradientScale", "part.load(a.gradient + i)"),
      change("AdamW, step size", "is left out", "a.epsilon) * a.stepSize", "a.epsilon)"),
    ],
  },
  {
    file: "kernels/sums.h",
    subject: "sums",
    mutations: [
      change("column sums", "every fourth row is its neighbour", "part.load(in + 3 * width + i)", "part.load(in + 2 * width + i)"),
      change("column sums", "a block's last row is lost", "for (; row < to; row++)", "for (; row + 1 < to; row++)"),
      change("column sums", "the first block is lost", "(size_t block = 0; block < blocks; block++) total += part.load", "(size_t block = 1; block < blocks; block++) total += part.load"),
      change("squared sum", "of magnitudes", "squares += value * value;", "squares += value > 0 ? value : -value;"),
      change("squared sum", "a block keeps its last vector", "squares += value * value;", "squares = value * value;"),
      change("squared sum", "blocks are added up in float32", "double total = 0;", "float total = 0;"),
    ],
  },
  {
    file: "kernels/philox.h",
    subject: "elementwise",
    mutations: [
      change("Philox", "a key's step is off by one", "k1 += 0xbb67ae85u;", "k1 += 0xbb67ae84u;"),
      change("Philox", "nine rounds", "round < 10", "round < 9"),
      change("Philox", "micro-steps draw the same", "c2 = none + stream.microStep", "c2 = none"),
      change("Philox", "steps draw the same", "c3 = none + stream.step", "c3 = none"),
      change("Philox", "sites draw the same", "c1 = none + stream.site", "c1 = none"),
    ],
  },
  {
    file: "kernels/dropout.h",
    subject: "elementwise",
    mutations: [
      change("dropout", "a draw at the threshold drops", ">= static_cast<int32_t>(threshold) ? all(scale)", "> static_cast<int32_t>(threshold) ? all(scale)"),
      change("dropout", "what is kept is not scaled", "return 65536.0f / static_cast<float>(65536 - threshold);", "return threshold ? 1.0f : 0.0f;"),
      change("dropout", "each block has the first one's draws", "start / drawsOfGroup)", "(start - from) / drawsOfGroup)"),
      change("dropout", "what is added is left out", "added ? value + part.load(added + start + i) : value", "value"),
    ],
  },
  {
    file: "kernels/narrow.h",
    subject: "narrow",
    mutations: [
      change("narrowed weights", "a column's scale is off by a 128th", "most[lane] / 127 : 0;", "most[lane] / 128 : 0;"),
      change("narrowed weights", "magnitudes are of positive weights alone", "greater(greater(tile[i], -tile[i]), most)", "greater(tile[i], most)"),
      change("narrowed weights", "cut, not rounded", "return (known + roundToWhole) - roundToWhole;", "return known;"),
      change("narrowed weights", "a transposed matrix is read as it lies", "if (isTransposed) transpose(tile);", ""),
      change("narrowed product", "alpha is left out", "load(scales + j) * p.alpha;", "load(scales + j);"),
      change("narrowed product", "each panel adds the first one's bias", "part(p.bias + first + j)", "part(p.bias + j)"),
      change("narrowed product", "the base is left out", "x += part(p.base + at);", "x += 0;"),
      change("narrowed product", "the depth's last step is lost", "k < p.depth; k++) addStep", "k + 1 < p.depth; k++) addStep"),
    ],
  },
  {
    file: "vector.h",
    subject: "elementwise",
    mutations: [change("exponential", "a coefficient is a thousandth off", "1.6666665459e-1f", "1.668e-1f")],
  },
];

// biome-ignore format: a line a change, as in a table
export const mutatedOperators: readonly MutatedOperator[] = [
  {
    file: "operators/gemm.cpp",
    tests: ["native/gemm.test.ts"],
    mutations: [change("Gemm", "a transposed left operand is read as it lies", "p.aRowStride = transA ? 1 : aWidth;", "p.aRowStride = aWidth;")],
  },
  {
    file: "operators/attention.cpp",
    tests: ["native/training.test.ts"],
    mutations: [change("PackedCausalAttentionGradient", "dk and dv change places", "{partOf(dx, 0, sizes), partOf(dx, 1, sizes), partOf(dx, 2, sizes)}", "{partOf(dx, 0, sizes), partOf(dx, 2, sizes), partOf(dx, 1, sizes)}")],
  },
  {
    file: "operators/cached-attention.cpp",
    tests: ["native/cached-attention.test.ts", "operators.test.ts"],
    mutations: [change("CachedAttention", "scores are not scaled", ".scale = call.attributes.floats[0],", ".scale = 1,")],
  },
  {
    file: "operators/cross-entropy.cpp",
    tests: ["passes/fuse-head.test.ts"],
    mutations: [change("HeadCrossEntropy", "the base is left out", "head.base = call.input(4);", "head.base = nullptr;")],
  },
  {
    file: "operators/norm.cpp",
    tests: ["native/norm.test.ts"],
    mutations: [change("LayerNormGradient", "what is added is left out", "norm.added = call.input(centered ? 5 : 4);", "norm.added = nullptr;")],
  },
  {
    file: "operators/rotary.cpp",
    tests: ["operators.test.ts"],
    mutations: [change("Rotary, inverse", "turns forward", "call.attributes.ints[1] != 0", "false")],
  },
  {
    file: "operators/dropout.cpp",
    tests: ["operators.test.ts"],
    mutations: [change("Dropout", "all sites draw the same", "static_cast<uint32_t>(call.attributes.ints[0])", "uint32_t{0}")],
  },
  {
    file: "operators/adamw.cpp",
    tests: ["operators.test.ts"],
    mutations: [change("AdamW", "the second moment decays by its rate", ".secondDecay = rates[1],", ".secondDecay = rates[2],")],
  },
  {
    file: "operators/sums.cpp",
    tests: ["native/embedding.test.ts"],
    mutations: [change("EmbeddingGradientOnto", "the base is left out", "call.input(0), call.intInput(1), call.input(2),", "call.input(0), call.intInput(1), nullptr,")],
  },
  {
    file: "operators/narrow.cpp",
    tests: ["native/narrow.test.ts"],
    mutations: [change("NarrowGemm", "bias is left out", ".bias = call.input(2),", ".bias = nullptr,")],
  },
  {
    file: "operators/swiglu.cpp",
    tests: ["operators.test.ts"],
    mutations: [change("SwiGlu", "gate and up change places", "kernels().swiglu(call.input(0), call.input(1),", "kernels().swiglu(call.input(1), call.input(0),")],
  },
  {
    file: "operators/gelu.cpp",
    tests: ["native/gelu.test.ts"],
    mutations: [change("GeluGradient", "of itself, not of dy", "kernels().geluGradient(call.input(0), call.input(1),", "kernels().geluGradient(call.input(1), call.input(1),")],
  },
];

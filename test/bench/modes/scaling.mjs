import { parseShape } from "../shapes.mjs";
import { median, spread, turnsOf } from "../statistics.mjs";
import { printTable, sayRatio } from "../table.mjs";
import { trainingFlops } from "../training-flops.mjs";
import { startCodex } from "../training-servers.mjs";

/** The sizes that grow with an axis; heads grow with the width, so that a head stays as wide as it is. */
const sizesOf = { depth: ["layerCount"], width: ["embedDim", "headCount"], context: ["contextLength"] };

/** The shape with an axis doubled so often. */
function doubled(shape, axis, times) {
  const changes = sizesOf[axis].map((size) => `+${size}=${shape.shape[size] * 2 ** times}`);
  const text = times === 0 ? shape.text : shape.text + changes.join("");
  return { text, shape: parseShape(text) };
}

/** All sizes along an axis, in turn. */
async function measureAxis(flags, axis) {
  const sizes = Array.from({ length: flags.doublings + 1 }, (_, times) => doubled(flags.shape, axis, times));
  const servers = sizes.map((shape) => startCodex(flags, shape));
  const steps = [];
  for (const server of servers) {
    await server.ready;
    const warm = await server.run(5);
    steps.push(Math.max(2, Math.round((flags.seconds * 1000) / median(warm.ms))));
  }
  const flopRates = sizes.map(() => []);
  const flops = sizes.map(({ shape }) => trainingFlops(shape));
  for (let round = 0; round < flags.rounds; round++) {
    for (const at of turnsOf([...sizes.keys()], round)) {
      const { ms } = await servers[at].run(steps[at]);
      flopRates[at].push((flops[at] * 1000) / median(ms));
    }
  }
  for (const server of servers) await server.stop();
  return sizes.map(({ text }, at) => ({
    axis,
    shape: text,
    flopsPerStep: flops[at],
    flopsPerSecond: spread(flopRates[at]),
    fall: at === 0 ? undefined : spread(flopRates[at].map((rate, round) => 1 - rate / flopRates[at - 1][round])),
  }));
}

/** How FLOP/s change when one size is doubled. */
export async function run(flags) {
  const results = [];
  for (const axis of flags.axes) results.push(...(await measureAxis(flags, axis)));
  printTable(
    ["axis", "shape", "GFLOP a step", "GFLOP/s", "fall by the doubling"],
    results.map(({ axis, shape, flopsPerStep, flopsPerSecond, fall }) => [
      axis,
      shape,
      (flopsPerStep / 1e9).toFixed(2),
      (flopsPerSecond.median / 1e9).toFixed(1),
      fall ? sayRatio(fall) : "",
    ]),
  );
  console.log("FLOP a token: 6 N + 12 L T C; see training-flops.mjs. A fall below 0 is a rise.");
  return results;
}

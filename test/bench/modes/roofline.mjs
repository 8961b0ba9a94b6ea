import { pyTorchInstructions, useInstructionSet } from "../instruction-set.mjs";
import { ourLimits, pyTorchLimits } from "../machine-limits.mjs";
import { backendOptions, openBackend } from "../open-backend.mjs";
import { sumOperators } from "../operator-costs.mjs";
import { profileSessions } from "../profile-sessions.mjs";
import { median } from "../statistics.mjs";
import { printTable } from "../table.mjs";
import { createTraining } from "../training.mjs";

const warmSteps = 3;

/** Trains with profiling; the operators of the measured steps. */
async function profileTraining(flags) {
  const profile = profileSessions();
  // Only its C API can be profiled; the Node binding never stands in.
  const backend = await openBackend("onnx", { ...backendOptions(flags), runtime: "native-api" });
  const { threads } = backend.device;
  const training = await createTraining({ shape: flags.shape.shape, backend });
  const ms = [];
  for (let step = 0; step < warmSteps + flags.steps; step++) ms.push((await training.next()).ms);
  await training.dispose();
  await backend.dispose();
  const operators = sumOperators(profile.read(), threads, ms.length, flags.steps);
  return { msPerStep: median(ms.slice(warmSteps)), operators };
}

/** What the machine can do, by whoever gets most out of it. */
async function measureLimits(flags) {
  const backend = await openBackend("onnx", backendOptions(flags));
  const codex = await ourLimits(backend, flags.rounds);
  await backend.dispose();
  const pytorch = pyTorchLimits(flags.python, flags.rounds, pyTorchInstructions[flags["instruction-set"]]);
  const gflops = Math.max(...Object.values(codex.gflops), ...Object.values(pytorch.gflops));
  const gigabytes = Math.max(codex.triadGigabytes, pytorch.copyGigabytes, pytorch.triadGigabytes);
  return { codex, pytorch, gflops, gigabytes };
}

/** Operators beside the machine. */
export async function run(flags) {
  if (flags["instruction-set"]) await useInstructionSet(flags["instruction-set"]);
  const limits = await measureLimits(flags);
  const { msPerStep, operators } = await profileTraining(flags);
  const rows = operators.map(({ flops, bytes, ...rest }) => ({
    ...rest,
    gflops: flops === undefined ? undefined : flops / rest.ms / 1e6,
    gigabytes: bytes / rest.ms / 1e6,
  }));
  const { codex, pytorch, gflops, gigabytes } = limits;
  const products = ({ gflops: bySize }) =>
    Object.entries(bySize)
      .map(([size, rate]) => `${size}: ${rate.toFixed(0)}`)
      .join(", ");
  console.log(`Square products, GFLOP/s by size: Codex ${products(codex)}; PyTorch ${products(pytorch)}`);
  console.log(
    `GB/s: Codex a + 3 b ${codex.triadGigabytes.toFixed(1)}; PyTorch a + 3 b ${pytorch.triadGigabytes.toFixed(1)}, ` +
      `copy ${pytorch.copyGigabytes.toFixed(1)}. Best: ${gflops.toFixed(0)} GFLOP/s, ${gigabytes.toFixed(1)} GB/s.`,
  );
  const share = (value, limit) => (value === undefined ? "" : `${((100 * value) / limit).toFixed(0)} %`);
  printTable(
    ["operator", "calls a step", "ms a step", "GFLOP/s", "of best", "GB/s", "of best"],
    rows.map((row) => [
      row.operator,
      row.calls.toFixed(0),
      row.ms.toFixed(2),
      row.gflops?.toFixed(1) ?? "",
      share(row.gflops, gflops),
      row.gigabytes.toFixed(1),
      share(row.gigabytes, gigabytes),
    ]),
  );
  const inOperators = rows.reduce((sum, { ms }) => sum + ms, 0);
  console.log(
    `A step takes ${msPerStep.toFixed(2)} ms while profiled, ${inOperators.toFixed(2)} of them in operators.`,
  );
  console.log("GB/s count inputs and outputs; what is in a cache can be faster than memory's best.");
  return { shape: flags.shape.text, steps: flags.steps, limits, msPerStep, operatorMs: inOperators, operators: rows };
}

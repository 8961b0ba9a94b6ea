import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CallbackPoint, definePlugin, makeFolder } from "codex-core";
import { drawBars } from "./draw-bars.js";

/** How many of some numbers lie in each of ten bins of equal width. */
function histogramOf(numbers) {
  const low = Math.min(...numbers);
  const width = (Math.max(...numbers) - low) / 10 || 1;
  const edges = Array.from({ length: 11 }, (_, index) => low + index * width);
  const counts = new Array(10).fill(0);
  for (const number of numbers) counts[Math.min(9, Math.floor((number - low) / width))] += 1;
  return { edges, counts };
}

/** Tells at each evaluation how the losses of the microBatches since the one before were spread. */
function createLossSpread() {
  let run;
  let losses = [];
  return {
    runStart(started) {
      run = started;
    },
    microStepEnd({ step, microStep, loss }) {
      if (Number.isFinite(loss)) losses.push({ step, microStep, loss });
    },
    async evaluationEnd({ step }) {
      if (losses.length === 0) return;
      const worst = losses.toSorted((a, b) => b.loss - a.loss).slice(0, 3);
      const { edges, counts } = histogramOf(losses.map(({ loss }) => loss));
      losses = [];
      const { recorder, folder } = run;
      const key = "spread/losses";

      recorder.record({ kind: "metrics", step, metrics: { "spread/worstLoss": worst[0].loss } });
      recorder.record({ kind: "histogram", step, key, edges, counts });

      const columns = ["step", "microBatch", "loss"];
      const rows = worst.map((each) => [each.step, each.microStep, each.loss]);
      recorder.record({ kind: "table", step, key: "spread/worst", columns, rows });

      const path = `media/loss-spread-${step}.png`;
      await makeFolder(join(folder, "media"));
      await writeFile(join(folder, path), drawBars(counts));
      recorder.record({ kind: "image", step, key, path });

      const text = `The worst microBatch was in step ${worst[0].step}.`;
      recorder.record({ kind: "text", step, key: "spread/note", text });
    },
  };
}

const options = { "~standard": { version: 1, vendor: "example", validate: (value) => ({ value }) } };

export default definePlugin({
  name: "codex-plugin-callback-loss-spread",
  register(registrar) {
    registrar.provide(CallbackPoint, "lossSpread", { options, create: createLossSpread });
  },
});

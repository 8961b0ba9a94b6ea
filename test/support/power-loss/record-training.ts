/**
 * Trains in `runs/run` of the tiny project CODEX_TEST_TRACE_ROOT while record-files.mjs records; then goes on from the
 * first checkpoint, so that the later ones are set aside.
 */
import { join } from "node:path";
import type { RunObserver } from "codex-core/kernel";
import { createKernel } from "codex-core/kernel";
import { checkpointOf } from "../tiny-run.js";
import { markTrace } from "./trace.js";

const project = process.env.CODEX_TEST_TRACE_ROOT!;
const run = join(project, "runs", "run");

async function train(observer: RunObserver, resumeFrom?: string): Promise<void> {
  const overrides = [`run.outputDir=${run}`, "trainer.maxSteps=6", "checkpoint.every=2", "trainer.evalEvery=6"];
  const kernel = await createKernel({ projectFolder: project, overrides });
  try {
    await kernel.train({ observer, ...(resumeFrom === undefined ? {} : { resumeFrom }) });
  } finally {
    await kernel.dispose();
  }
}

await train({ checkpointSaved: ({ step }) => markTrace({ saved: step }) });
let isBegun = false;
const resumed: RunObserver = {
  stepEnd: () => {
    if (!isBegun) markTrace({ resumed: 2 });
    isBegun = true;
  },
  checkpointSaved: ({ step }) => markTrace({ savedAgain: step }),
};
await train(resumed, checkpointOf(run, 2));

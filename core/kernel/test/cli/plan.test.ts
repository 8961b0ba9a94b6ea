import { expect } from "chai";
import { plan } from "#src/cli/plan/plan.js";
import { planErrors } from "#src/errors/plan-errors.js";
import type { PlanAnswer, PlanSettings } from "#src/run/kernel-types.js";
import { createFakeContext } from "./fake-context.js";

const answer: PlanAnswer = {
  parameterCount: 812_032,
  vocabSize: 82,
  contextLength: 64,
  tokensPerStep: 768,
  flopsPerStep: 4e9,
  maxSteps: 2000,
  flops: 8e12,
  memory: [{ name: "parameters", bytes: 3 * 2 ** 20, from: "812032 × 4 bytes" }],
  memoryBytes: 3 * 2 ** 20,
  checkpointBytes: 2 ** 20,
  diskBytes: 3 * 2 ** 20,
  limit: { bytes: 2 ** 30, from: "free memory" },
  disk: { folder: "/project/runs", freeBytes: 2 ** 40, kept: 0 },
  fits: true,
  nearest: [],
  problems: [],
  warnings: [],
  unknown: [],
};

const probe = {
  steps: 10,
  stepMs: { median: 12.34, least: 11, most: 120 },
  tokensPerSecond: 62_000,
  maxSteps: 2000,
  durationMs: { median: 24_680, least: 22_000, most: 240_000 },
  peakMemoryBytes: 4 * 2 ** 20,
};

describe("plan", () => {
  const planned = async (change: Partial<PlanAnswer> = {}, options: object = {}, json = false) => {
    const asked: (PlanSettings | undefined)[] = [];
    const kernel = {
      async plan(settings?: PlanSettings) {
        asked.push(settings);
        return { ...answer, ...change };
      },
    };
    const context = createFakeContext({ kernel, json });
    await plan(options, [], context);
    const { stdout, stderr } = context.terminal;
    return { out: stdout.text, err: stderr.text, code: context.exitCode, asked, disposed: context.wasDisposed };
  };

  it("shows what a run needs, and that it fits", async () => {
    const { out, err, code, asked, disposed } = await planned();
    expect(out.split("\n")).to.deep.equal([
      "model    812,032 parameters, vocabulary 82",
      "context  64 tokens",
      "step     768 tokens, 4.0G operations",
      "run      2,000 steps, 8.0T operations",
      "disk     3.0 MiB at the most, 1.0 MiB a checkpoint, 1.0 TiB free",
      "",
      "memory",
      "parameters  3.0 MiB  812032 × 4 bytes",
      "all         3.0 MiB  of 1.0 GiB (free memory)",
      "",
      "It fits.",
      "",
    ]);
    expect([err, code, disposed]).to.deep.equal(["", 0, true]);
    expect(asked).to.deep.equal([{ probe: false, graph: false }]);
  });

  it("shows a probe with its spread, and the measured peak beside the foretold one", async () => {
    const { out, asked } = await planned({ probe }, { probe: true });
    expect(asked[0]).to.include({ probe: true });
    expect(asked[0]?.signal).to.be.instanceOf(AbortSignal);
    expect(out).to.include("probe  12.3 ms a step (11 to 120 over 10 steps), 62.0k tokens a second\n");
    expect(out).to.include("time   25s (22s to 4m 00s) for 2,000 steps\n");
    expect(out).to.include("peak   4.0 MiB measured, 3.0 MiB foretold\n");
  });

  it("shows graphs before the plan, and says where there are none", async () => {
    const operators = { Gemm: { count: 2, flops: 4e9 }, Add: { count: 1, flops: 0 } };
    const graph = { program: "update", nodeCount: 3, operators, peakBytes: 2 ** 20, text: "graph update\n" };
    const { out, asked } = await planned({ graphs: [graph] }, { graph: true });
    expect(asked[0]).to.include({ graph: true });
    expect(out.split("\n").slice(0, 7)).to.deep.equal([
      "graph update",
      "",
      "update: 3 nodes, at the most 1.0 MiB alive in between",
      "operator  nodes  operations",
      "Gemm      2      4.0G",
      "Add       1",
      "",
    ]);
    const none = await planned({ graphs: [] }, { graph: true });
    expect(none.out).to.match(/^No graphs: this compute backend runs programs operation by operation\.\n/);
  });

  it("says what is unknown and what is hardly meant", async () => {
    const { out } = await planned({ unknown: ["the number of steps"], warnings: ["A step takes 9 tokens."] });
    expect(out).to.include("Not known: the number of steps.\n").and.include("Warning: A step takes 9 tokens.\n");
    expect(out).to.match(/What is known fits\.\n$/);
  });

  it("tells every problem with its fix, and ends with 2", async () => {
    const problems = [
      planErrors.CODEX_PLAN_CONTEXT({ what: "Too short.", where: "config → data" }),
      planErrors.CODEX_PLAN_MEMORY({ what: "Too large.", fix: "Set trainer.microBatch=1." }),
    ];
    const { out, err, code } = await planned({ problems, fits: false });
    expect(out).to.match(/It does not fit\.\n$/);
    expect(err).to.match(/^CODEX_PLAN_CONTEXT: Too short\.\nWhere: config → data\n/);
    expect(err).to.include("CODEX_PLAN_MEMORY: Too large.").and.include("Fix: Set trainer.microBatch=1.");
    expect(code).to.equal(2);

    const document = await planned({ problems }, {}, true);
    expect([document.err, document.code]).to.deep.equal(["", 2]);
    expect((await planned({ problems })).out).to.match(/It cannot be trained as it is\.\n$/);
    expect(JSON.parse(document.out).problems[1]).to.include({ code: "CODEX_PLAN_MEMORY", what: "Too large." });
  });
});

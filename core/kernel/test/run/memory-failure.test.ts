import { expect } from "chai";
import { computeErrors } from "codex-core";
import { planRun } from "#src/plan/plan-run.js";
import { withPlanFigures } from "#src/run/memory-failure.js";
import { facts, modelPlan } from "../plan/fake-facts.js";

const limit = { bytes: 2 ** 30, from: "free memory" } as const;
const cause = new Error("no room");
const failure = computeErrors.CODEX_COMPUTE_MEMORY({ what: "The step failed.", where: "gradients", cause });

describe("a failure for lack of memory", () => {
  it("is told with what the plan foretold, part by part, its limit, and what is free now", () => {
    const told = withPlanFigures(failure, { run: planRun(facts), limit });
    expect(told).to.include({ code: failure.code, what: failure.what, where: "gradients", fix: failure.fix, cause });
    expect(told.why).to.match(
      /^The plan foretold about 395\.4 MiB \(parameters 3\.8 MiB, .*process 190\.7 MiB\) of 1\.0 GiB \(free memory\); .* are free now\.$/,
    );
  });

  it("says that it is the least where parts are unknown", () => {
    const run = planRun({ model: modelPlan, trainer: {}, compute: {}, checkpoint: {}, data: {} });
    expect(withPlanFigures(failure, { run, limit }).why).to.match(/^The plan foretold at least /);
  });

  it("stays as it is without a plan, and so does every other failure", () => {
    expect(withPlanFigures(failure, undefined)).to.equal(failure);
    const other = computeErrors.CODEX_COMPUTE_DISPOSED({ what: "It is gone." });
    expect(withPlanFigures(other, { run: planRun(facts), limit })).to.equal(other);
  });
});

import { expect } from "chai";
import { evaluate } from "#src/cli/evaluate/evaluate.js";
import type { EvaluateSettings, Kernel } from "#src/run/kernel-types.js";
import { createFakeContext } from "./fake-context.js";
import { createFakeTerminal } from "./fake-terminal.js";
import { FakeProject } from "./run-folders.js";

describe("evaluate", () => {
  let project: FakeProject;
  let asked: EvaluateSettings | undefined;
  const kernel: Partial<Kernel> = {
    async evaluate(settings) {
      asked = settings;
      return { "eval/loss": 1.23456789, "eval/tokens": 120_000 };
    },
  };

  beforeEach(() => {
    project = new FakeProject();
    project.addRun("a", {}, [5]);
  });

  afterEach(() => project.dispose());

  it("prints the metrics of a checkpoint on the split", async () => {
    const context = createFakeContext({ kernel, terminal: createFakeTerminal(project.folder) });
    await evaluate("a", [], { split: "train" }, context);
    expect(context.terminal.stdout.text).to.equal("eval/loss    1.23457\neval/tokens  120,000\n");
    expect(asked).to.include({ split: "train" });
    expect(context.wasDisposed).to.equal(true);
  });

  it("answers with full precision as JSON", async () => {
    const context = createFakeContext({ kernel, json: true, terminal: createFakeTerminal(project.folder) });
    await evaluate("a", [], { split: "validation" }, context);
    const answer = JSON.parse(context.terminal.stdout.text);
    expect(answer).to.deep.include({
      split: "validation",
      metrics: { "eval/loss": 1.23456789, "eval/tokens": 120_000 },
    });
    expect(answer.checkpoint).to.match(/step-00000005$/);
  });
});

import { expect } from "chai";
import { CheckpointPoint } from "codex-core";
import { factsFromPlugin } from "codex-core/testing";
import plugin from "codex-plugin-checkpoint-local";

describe("codex-plugin-checkpoint-local", () => {
  it("tells a plan how often it saves, and counts the checkpoint that is being written", async () => {
    const options = { every: 7, keepLast: 3, keepBest: 2 };
    const facts = await factsFromPlugin(plugin, CheckpointPoint, "local", { options });
    expect(facts).to.deep.equal({ every: 7, mostOnDisk: 6 });
  });
});

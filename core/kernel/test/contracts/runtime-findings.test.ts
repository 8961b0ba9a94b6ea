import { expect } from "chai";
import { type RuntimeState, runtimeFindings } from "codex-core";

const state = (name: string, status: RuntimeState["status"]): RuntimeState => ({
  name,
  status,
  folder: `/runtimes/${name}`,
  detail: "Abacus 3",
});

describe("runtimeFindings", () => {
  it("finds what is whole, and nothing wrong with what is not there", () => {
    const there = [state("beads", "installed"), state("wires", "absent")];
    expect(runtimeFindings("abacus", there)).to.deep.equal([{ status: "ok", detail: "beads (Abacus 3)" }]);
    const [none] = runtimeFindings("abacus", [state("beads", "absent")]);
    expect(none).to.include({ status: "note" });
    expect(none?.detail).to.match(/^not installed.*codex compute install abacus$/);
  });

  it("finds each that is partial, with both ways on", () => {
    const [partial, ...more] = runtimeFindings("abacus", [state("beads", "partial"), state("wires", "installed")]);
    expect(more).to.deep.equal([]);
    expect(partial).to.include({ status: "failed", detail: "Abacus 3: /runtimes/beads" });
    expect(partial?.fix).to.include("codex compute install abacus").and.include("codex compute remove abacus");
  });
});

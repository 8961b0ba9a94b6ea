import { expect } from "chai";
import { assertFinite, firstNonFinite } from "codex-nn";

describe("firstNonFinite", () => {
  it("finds the first NaN or infinity", () => {
    expect(firstNonFinite(Float32Array.of(1, 2))).to.equal(-1);
    expect(firstNonFinite([])).to.equal(-1);
    expect(firstNonFinite(Float32Array.of(1, Number.NaN, Infinity))).to.equal(1);
    expect(firstNonFinite(Float32Array.of(-Infinity))).to.equal(0);
  });
});

describe("assertFinite", () => {
  it("names the value, its place and what it is of", () => {
    expect(() => assertFinite([0, -Infinity], "gradient of wte.weight")).to.throw(
      "CODEX_NN_NOT_FINITE: gradient of wte.weight is -Infinity at index 1.",
    );
    expect(() => assertFinite([0, 1e300], "x")).not.to.throw();
  });
});

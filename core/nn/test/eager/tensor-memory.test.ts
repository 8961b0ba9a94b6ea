import { memory as tensors } from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { EagerBackend, type EagerMemory, MemoryShortage, TensorMemory } from "codex-nn";
import type { EagerErrors } from "#src/eager/eager-types.js";
import { eagerWork } from "#src/eager/eager-work.js";
import { useCpu } from "../support/eager-cpu-backend.js";

describe("the memory of an eager backend's tensors", () => {
  it("is counted, and limited for the work that goes on", () => {
    const memory = new TensorMemory();
    memory.take(100);
    memory.limited(150, () => {
      memory.take(50);
      expect(() => memory.take(1))
        .to.throw(MemoryShortage, "A tensor needs 1 bytes, 151 in all; the limit is 150.")
        .with.property("where", "compute.memoryLimitBytes");
      memory.give(20);
      memory.take(20);
    });
    expect(memory.usedBytes).to.equal(150);
    expect(() =>
      memory.limited(200, () => {
        throw new Error("thrown by the test");
      }),
    ).to.throw("thrown by the test");
    memory.take(1000);
    expect(memory.usedBytes).to.equal(1150);
  });
});

describe("the work of an eager backend", () => {
  before(useCpu);

  const make: EagerErrors["CODEX_COMPUTE_MEMORY"] = (content) => Object.assign(new Error("coded"), content);
  const errors = { CODEX_COMPUTE_MEMORY: make } as EagerErrors;
  const failureOf = (action: () => unknown, memory?: EagerMemory) => {
    try {
      return eagerWork("cpu", errors, memory)("The program p", "p", action);
    } catch (error) {
      return error;
    }
  };

  it("tells a shortage with what needed it, where it shows, and its cause", () => {
    const cause = new MemoryShortage("It is full.", "compute.memoryLimitBytes");
    const what = "The program p failed for lack of memory: It is full.";
    const thrower = () => {
      throw cause;
    };
    expect(failureOf(thrower)).to.include({ message: "coded", what, where: "compute.memoryLimitBytes", cause });
  });

  it("knows JavaScript's words for it, and asks for the library's", () => {
    for (const action of [() => new Float32Array(2 ** 50), () => new ArrayBuffer(2 ** 52)]) {
      expect(failureOf(action)).to.include({ message: "coded", where: "p" });
    }
    const library = () => {
      throw new Error("OOM, says the library");
    };
    const memory: EagerMemory = { within: (work) => work(), isShort: ({ message }) => message.startsWith("OOM") };
    expect(failureOf(library, memory)).to.include({ message: "coded", where: "p" });
    expect(failureOf(library)).to.have.property("message", "OOM, says the library");
  });

  it("passes every other failure on as it is", () => {
    const memory: EagerMemory = { within: (work) => work(), isShort: () => false };
    for (const thrown of [new RangeError("Maximum call stack size exceeded"), new Error("other"), "a text"]) {
      const action = () => {
        throw thrown;
      };
      expect(failureOf(action, memory)).to.equal(thrown);
    }
  });

  it("takes over no state where there is no room for all of it", async () => {
    const backend = new EagerBackend({ device: "cpu", backendName: "cpu", errors });
    const state = { a: { shape: [10], dtype: "float32" }, b: { shape: [2 ** 50], dtype: "float32" } } as const;
    const before = tensors().numTensors;
    const body = () => ({ outputs: {} });
    const refused = await backend.compile({ name: "p", state, inputs: {}, body }).catch((error) => error);
    expect(refused).to.include({ message: "coded", where: "p" });
    expect(refused.what).to.match(/^Making the state of the program p failed for lack of memory: /);
    expect(tensors().numTensors).to.equal(before);
  });
});

import { expect } from "chai";

const load = (name: string) => import(new URL(name, import.meta.url).href);
const { eventLoopDelay } = await load("./event-loop-delay.mjs");
const { openBackend } = await load("./open-backend.mjs");
const { parseShape } = await load("./shapes.mjs");
const { createTraining } = await load("./training.mjs");

/** Trains S, with more sequences a step, so that a step that blocks shows. */
async function train(options: object, seconds: number) {
  const backend = await openBackend("onnx", options);
  const training = await createTraining({ shape: parseShape("S+microBatch=36"), backend });
  try {
    for (let step = 0; step < 2; step++) await training.next();
    return await eventLoopDelay(training, seconds);
  } finally {
    await training.dispose();
    await backend.dispose();
  }
}

describe("the event loop, while the default engine trains", () => {
  it("waits less than 20 ms, 99 times of 100", async () => {
    expect((await train({}, 2)).p99Ms).to.be.below(20);
  });

  it("waits longer where the runtime blocks it, by which the figure is seen to tell", async () => {
    expect((await train({ runtime: "binding" }, 0.1)).p99Ms).to.be.above(20);
  });
});

import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { inOrder } from "#src/encode/in-order.js";

async function* numbers(count: number) {
  for (let number = 0; number < count; number++) yield number;
}

describe("inOrder", () => {
  it("gives results in the items' order, and works on no more than asked at once", async () => {
    let running = 0;
    let most = 0;
    const work = async (number: number) => {
      running++;
      most = Math.max(most, running);
      await setTimeout((7 * number) % 5);
      running--;
      return number * 2;
    };
    const results: number[] = [];
    for await (const result of inOrder(numbers(20), 3, work)) results.push(result);
    expect(results).to.deep.equal(Array.from({ length: 20 }, (_, number) => number * 2));
    expect(most).to.equal(3);
  });

  it("fails with what an item's work failed with", async () => {
    const work = async (number: number) => {
      if (number === 2) throw new Error("two");
      return number;
    };
    const results: number[] = [];
    let message = "";
    try {
      for await (const result of inOrder(numbers(9), 2, work)) results.push(result);
    } catch (error) {
      message = (error as Error).message;
    }
    expect([results, message]).to.deep.equal([[0, 1], "two"]);
  });
});

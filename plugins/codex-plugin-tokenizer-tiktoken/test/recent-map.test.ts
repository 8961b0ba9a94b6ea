import { expect } from "chai";
import { RecentMap } from "#src/recent-map.js";

describe("RecentMap", () => {
  it("keeps what was used last, and never more than twice its size", () => {
    const map = new RecentMap<number>(10);
    for (let index = 0; index < 1000; index++) {
      map.set(`${index}`, index);
      expect(map.get("0"), "used each time").to.equal(0);
      expect(map.get(`${Math.max(0, index - 4)}`)).to.equal(Math.max(0, index - 4));
    }
    const kept = Array.from({ length: 1000 }, (_, index) => map.get(`${index}`)).filter((each) => each !== undefined);
    expect(kept.length).to.be.within(10, 20);
  });
});

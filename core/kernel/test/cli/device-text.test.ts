import { expect } from "chai";
import { describeDevice } from "#src/cli/train/device-text.js";
import { fakeDevice } from "./fake-device.js";

describe("describeDevice", () => {
  it("ends with what is slower than it could be", () => {
    const note = "stock operators (compute.native is false)";
    expect(describeDevice({ ...fakeDevice, note })).to.equal(`${describeDevice(fakeDevice)}, ${note}`);
  });
});

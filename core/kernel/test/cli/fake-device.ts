import type { DeviceInfo } from "codex-core";

/** A device that nothing computes on. */
export const fakeDevice: DeviceInfo = {
  kind: "cpu",
  name: "A processor",
  runtime: "a runtime 1.0",
  dtypes: ["float32"],
  threads: 2,
  instructionSet: "avx2",
};

import { expect } from "chai";
import { retryAfterMs } from "#src/rest/retry-after.js";

describe("retryAfterMs", () => {
  const nowMs = Date.parse("2026-01-01T00:00:00Z");

  for (const [header, expected] of [
    ["7", 7000],
    ["0", 0],
    ["1.5", 1500],
    ["-3", 0],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined],
  ] as const) {
    it(`reads ${JSON.stringify(header) ?? "no header"}`, () => {
      expect(retryAfterMs(header, nowMs)).to.equal(expected);
    });
  }
});

import { expect } from "chai";
import { formatBytes, formatCount, formatDuration, formatLoss, formatMetric, formatWhole } from "#src/text/quantity.js";

describe("quantities", () => {
  it("says durations with their two largest units", () => {
    const texts = [0, 44_600, 190_000, 7_500_000, 273_600_000, -5, Number.POSITIVE_INFINITY].map(formatDuration);
    expect(texts).to.deep.equal(["0s", "45s", "3m 10s", "2h 05m", "3d 4h", "0s", "?"]);
  });

  it("shortens counts to three digits", () => {
    expect(
      [0, 812, 1000, 98_432, 123_456, 1_250_000, 3e9, 8e12, 1.5e15, 1.47570757632e20].map(formatCount),
    ).to.deep.equal(["0", "812", "1.0k", "98.4k", "123k", "1.3M", "3.0G", "8.0T", "1.5P", "148E"]);
  });

  it("says bytes in binary units", () => {
    expect([512, 2048, 3.5 * 2 ** 20, 5 * 2 ** 50].map(formatBytes)).to.deep.equal([
      "512 B",
      "2.0 KiB",
      "3.5 MiB",
      "5120.0 TiB",
    ]);
  });

  it("names losses that are no numbers", () => {
    expect([1.23456, Number.NaN, Number.POSITIVE_INFINITY].map(formatLoss)).to.deep.equal([
      "1.2346",
      "NaN",
      "Infinity",
    ]);
  });

  it("sets thousands apart", () => {
    expect(formatWhole(1234567)).to.equal("1,234,567");
    expect(formatMetric(1234.56789)).to.equal("1234.57");
    expect(formatMetric(1200)).to.equal("1,200");
  });
});

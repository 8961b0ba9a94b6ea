import { expect } from "chai";
import { ratesBetween, readCounters } from "#src/system/machine-counters.js";
import { parseCpuTimes, parseNetwork, parseProcessIo } from "#src/system/proc-files.js";

const stat = `cpu  100 20 30 800 50 5 5 10 40 0
cpu0 50 10 15 400 25 2 3 5 20 0
intr 12 0 0
`;
const dev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  900      87    0    0    0     0          0         0      900      87    0    0    0     0       0          0
  eth0:1000       10    0    0    0     0          0         0       50      11    0    0    0     0       0          0
 wlan0: 200       10    0    0    0     0          0         0        5      11    0    0    0     0       0          0
docker0: 700      10    0    0    0     0          0         0      700      11    0    0    0     0       0          0
`;

describe("files of /proc", () => {
  it("tell CPU time, waiting for disks as idle and guests once", () => {
    expect(parseCpuTimes(stat)).to.deep.equal({ busy: 170, total: 1020 });
  });

  it("tell what the process has read and written", () => {
    const io =
      "rchar: 9\nwchar: 8\nsyscr: 7\nsyscw: 6\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n";
    expect(parseProcessIo(io)).to.deep.equal({ in: 4096, out: 8192 });
  });

  it("tell the traffic that leaves the machine", () => {
    expect(parseNetwork(dev)).to.deep.equal({ in: 1200, out: 55 });
  });

  it("tell nothing when they are not as expected", () => {
    for (const text of ["", "nonsense", "cpu x y z w\n", "cpu  1 2\n"]) {
      expect(parseCpuTimes(text)).to.equal(undefined);
      expect(parseProcessIo(text)).to.equal(undefined);
      expect(parseNetwork(text)).to.equal(undefined);
    }
  });
});

describe("counters of the machine", () => {
  it("give rates", () => {
    const before = { atMs: 0, processCpuUs: 0, cpu: { busy: 0, total: 100 }, disk: { in: 0, out: 10 } };
    const after = { atMs: 2000, processCpuUs: 3e6, cpu: { busy: 30, total: 220 }, disk: { in: 500, out: 10 } };
    expect(ratesBetween(before, after)).to.deep.equal({
      "system/processCpuPercent": 150,
      "system/cpuPercent": 25,
      "system/diskReadBytesPerSecond": 250,
      "system/diskWriteBytesPerSecond": 0,
    });
  });

  it("give none over too short a span, and none below zero", () => {
    const at = (atMs: number, bytes: number) => ({ atMs, processCpuUs: 0, network: { in: bytes, out: bytes } });
    expect(ratesBetween(at(0, 0), at(50, 10))).to.deep.equal({});
    expect(ratesBetween(at(0, 100), at(1000, 10))).to.include({ "system/networkSentBytesPerSecond": 0 });
  });

  it("are read without the files that are missing", () => {
    const read = (path: string): string => {
      if (path === "/proc/stat") return stat;
      throw new Error("ENOENT");
    };
    const counters = readCounters(read, "linux");
    expect(counters.cpu).to.deep.equal({ busy: 170, total: 1020 });
    expect(counters.disk).to.equal(undefined);
    expect(readCounters(read, "darwin").cpu?.total).to.be.greaterThan(0);
  });
});

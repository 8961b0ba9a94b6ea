import { availableParallelism } from "node:os";
import { expect } from "chai";
import { availableCores } from "#src/machine/available-cores.js";
import { type ProcessorLimits, readProcessorLimits } from "#src/machine/processor-limits.js";

const limitsOf = (files: { readonly [path: string]: string }) => readProcessorLimits((path) => files[path]);

describe("readProcessorLimits", () => {
  it("reads which processors a process may run on", () => {
    const limits = limitsOf({ "/proc/self/status": "Name:\tnode\nCpus_allowed_list:\t0-2,5\n" });
    expect([...limits.allowed!]).to.deep.equal([0, 1, 2, 5]);
    expect(limits).to.not.have.property("quota");
  });

  it("takes the smallest quota of a control group and those above it, of version 2", () => {
    const limits = limitsOf({
      "/proc/self/cgroup": "0::/system/run\n",
      "/sys/fs/cgroup/system/run/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/system/cpu.max": "250000 100000\n",
    });
    expect(limits.quota).to.equal(2.5);
  });

  it("reads quotas of version 1, and none where there is none", () => {
    const groups = "3:memory:/run\n2:cpu,cpuacct:/run\n";
    const folder = "/sys/fs/cgroup/cpu,cpuacct";
    const files = { "/proc/self/cgroup": groups, [`${folder}/cpu.cfs_period_us`]: "100000\n" };
    expect(limitsOf({ ...files, [`${folder}/cpu.cfs_quota_us`]: "150000\n" }).quota).to.equal(1.5);
    expect(limitsOf({ ...files, [`${folder}/cpu.cfs_quota_us`]: "-1\n" })).to.deep.equal({});
    expect(limitsOf({})).to.deep.equal({});
  });
});

describe("availableCores", () => {
  /** Four cores of two hardware threads each: 0 and 4 are one core. */
  const cpuInfo = Array.from(
    { length: 8 },
    (_, index) => `processor : ${index}\nphysical id : 0\ncore id : ${index % 4}\nflags : avx2\n`,
  ).join("\n");
  const coresUnder = (limits: ProcessorLimits, usable = 8) => availableCores(cpuInfo, limits, usable);

  it("counts those that the affinity leaves, hardware threads of one core once", () => {
    expect(coresUnder({})).to.equal(4);
    expect(coresUnder({ allowed: new Set([0, 4]) })).to.equal(1);
    expect(coresUnder({ allowed: new Set([0, 4, 1]) })).to.equal(2);
  });

  it("counts no more than a quota pays for in full, and one at the least", () => {
    expect(coresUnder({ quota: 2.5 })).to.equal(2);
    expect(coresUnder({ quota: 0.5 })).to.equal(1);
    expect(coresUnder({ quota: 64 })).to.equal(4);
    expect(coresUnder({}, 3)).to.equal(3);
  });

  it("takes what Node may use where nothing tells of cores", () => {
    expect(availableCores("", {})).to.equal(availableParallelism());
  });
});

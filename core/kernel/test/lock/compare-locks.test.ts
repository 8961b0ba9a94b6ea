import { expect } from "chai";
import { compareLocks, promisesSameBits } from "#src/lock/compare-locks.js";
import { type Lockfile, parseLockfile } from "#src/lock/lockfile.js";

const lock: Lockfile = {
  formatVersion: 1,
  runId: "r1",
  config: {
    numbers: "n",
    observing: "o",
    values: { "trainer.maxSteps": 20, "data.paths": ["a.txt"], "optimizer.betas": [0.9, 0.99] },
  },
  plugins: { "codex-plugin-x": { version: "1.0.0", integrity: "sha256-1" } },
  data: "d1",
  tokenizer: "t1",
  compute: { device: "cpu", deviceName: "A", runtime: "onnxruntime 1", instructionSet: "avx512", threads: 2 },
  node: "v20.0.0",
  platform: "linux x64",
  environment: "e",
};
const changed = (change: Partial<Lockfile>): Lockfile => ({ ...lock, ...change });
const effects = (current: Lockfile) => compareLocks(lock, current).map(({ key, effect }) => `${key}: ${effect}`);

describe("compareLocks", () => {
  it("finds nothing between equal locks, whatever their run", () => {
    expect(compareLocks(lock, changed({ runId: "r2", environment: "other" }))).to.deep.equal([]);
  });

  it("says what a key was and is, and that it changes numbers", () => {
    const config = { ...lock.config, values: { ...lock.config.values, "trainer.maxSteps": 40, "model.bias": true } };
    expect(compareLocks(lock, changed({ config }))).to.deep.equal([
      { area: "config", key: "model.bias", effect: "numbers", current: true },
      { area: "config", key: "trainer.maxSteps", effect: "numbers", saved: 20, current: 40 },
    ]);
  });

  it("leaves it to the fingerprints what options of data and tokenizer do", () => {
    const config = { ...lock.config, values: { ...lock.config.values, "data.paths": ["b.txt"] } };
    expect(effects(changed({ config }))).to.deep.equal(["data.paths: none"]);
    expect(effects(changed({ config, data: "d2" }))).to.deep.equal(["data.paths: numbers", "data: numbers"]);
  });

  it("lets plugins that only look on come, change and go", () => {
    const tracker = (version: string) => ({ version, integrity: `sha256-${version}`, observes: true }) as const;
    const plugins = { ...lock.plugins, "codex-plugin-tracker-y": tracker("1.0.0") };
    const tracked = changed({ plugins });
    for (const current of [lock, changed({ plugins: { ...plugins, "codex-plugin-tracker-y": tracker("2.0.0") } })]) {
      const differences = compareLocks(tracked, current);
      expect(differences.map(({ effect }) => effect)).to.deep.equal(["none"]);
    }
    expect(effects(tracked)).to.deep.equal(["codex-plugin-tracker-y: none"]);
    const working = { ...plugins, "codex-plugin-tracker-y": { version: "2.0.0", integrity: "sha256-2" } };
    expect(compareLocks(tracked, changed({ plugins: working }))[0]).to.have.property("effect", "maybe");
  });

  it("tells what promises other bits from what does not", () => {
    const compute = { ...lock.compute!, threads: 1, deviceName: "B" };
    expect(promisesSameBits(compareLocks(lock, changed({ compute })))).to.equal(true);
    expect(effects(changed({ compute: { ...lock.compute!, instructionSet: "avx2" } }))).to.deep.equal([
      "instructionSet: numbers",
    ]);
    expect(effects(changed({ node: "v22.0.0", plugins: {} }))).to.deep.equal(["codex-plugin-x: maybe", "node: maybe"]);
  });
});

describe("parseLockfile", () => {
  const code = (text: string) => {
    try {
      parseLockfile(text, "lock.json");
      return "none";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it("reads what is written", () => {
    expect(parseLockfile(JSON.stringify(lock), "lock.json")).to.deep.equal(lock);
  });

  it("refuses what is no lock, and a newer format", () => {
    for (const text of ["", "[]", "{}", '{"formatVersion":1}', JSON.stringify({ ...lock, data: 3 })]) {
      expect(code(text)).to.equal("CODEX_LOCK_INVALID");
    }
    expect(code(JSON.stringify({ ...lock, formatVersion: 2 }))).to.equal("CODEX_LOCK_NEWER_FORMAT");
  });
});

import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";

const { modes } = await import(new URL("./modes.mjs", import.meta.url).href);

/** `npm run bench -- …args`, as its process. */
function bench(...args: string[]) {
  return spawnSync(process.execPath, ["test/bench/compare.mjs", ...args], { cwd: repositoryRoot, encoding: "utf8" });
}

describe("npm run bench", () => {
  it("helps with every mode there is", async () => {
    const { status, stdout } = bench("help");
    expect(status).to.equal(0);
    for (const [name, mode] of Object.entries<{ says: string; load(): Promise<unknown> }>(modes)) {
      expect(stdout)
        .to.match(new RegExp(`^ {2}${name} `, "m"))
        .and.contain(mode.says);
      expect(await mode.load(), name)
        .to.have.property("run")
        .that.is.a("function");
    }
  });

  it("helps with a mode's flags", () => {
    const { status, stdout } = bench("train", "--help");
    expect(status).to.equal(0);
    for (const flag of Object.keys(modes.train.flags)) expect(stdout).to.contain(`  --${flag}`);
  });

  for (const [what, args, message] of [
    ["no mode", [], /A mode is missing/],
    ["a mode that there is not", ["fly"], /no mode fly/],
    ["a name that every object has", ["constructor"], /no mode constructor/],
    ["a flag that the mode does not have", ["cli", "--shapes", "S"], /--shapes/],
    ["a value that does not fit", ["train", "--rounds", "0"], /--rounds takes N, not 0/],
    [
      "a Python without the peers",
      ["memory", "--python", "no-such-python"],
      /no-such-python does not run, or lacks torch/,
    ],
    ["a shape that there is not", ["memory", "--shapes", "S,XL"], /--shapes takes S,M,L, not S,XL/],
  ] as const) {
    it(`answers ${what} with the usage and exit code 2`, () => {
      const { status, stderr, stdout } = bench(...args);
      expect(status).to.equal(2);
      expect(stderr).to.match(message).and.contain("Usage: npm run bench --");
      expect(stdout).to.equal("");
    });
  }

  it("prints the machine first, and last a line of JSON with the command", () => {
    const { status, stdout } = bench("cli", "--rounds", "1");
    expect(status).to.equal(0);
    const lines = stdout.trim().split("\n");
    expect(lines[0]).to.match(/\d+ cores, load /);
    const record = JSON.parse(lines.at(-1)!);
    expect(record).to.include({ mode: "cli", command: "npm run bench -- cli --rounds 1" });
    expect(record.machine.versions.node).to.equal(process.version);
    expect(record.result.min).to.be.greaterThan(0).and.at.most(record.result.max);
  });
});

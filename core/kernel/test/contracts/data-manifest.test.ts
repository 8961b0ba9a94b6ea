import { expect } from "chai";
import { type JsonObject, readDataManifest } from "codex-core";

const file = { id: "a.txt", sizeBytes: 3, sha256: "a".repeat(64) };
const split = { documents: 2, tokens: 30, characters: 90, lengths: { "16": 2 } };

describe("readDataManifest", () => {
  it("gives what commands show", () => {
    const source = {
      weight: 2,
      license: "MIT",
      homepage: "https://x",
      dropped: 1,
      files: [file],
      splits: { train: split },
    };
    const manifest = {
      formatVersion: 3,
      fingerprint: "f",
      vocabSize: 9,
      sources: { whale: source },
    };
    expect(readDataManifest(manifest)).to.deep.equal({
      fingerprint: "f",
      vocabSize: 9,
      sources: { whale: source },
    });
  });

  it("leaves out what lacks its form, for manifests are of many plugins", () => {
    expect(readDataManifest({})).to.deep.equal({ sources: {} });
    expect(readDataManifest({ sources: ["a"], vocabSize: "x" })).to.deep.equal({ sources: {} });
    const broken: JsonObject = {
      one: "text",
      two: {
        weight: "much",
        files: [file, { id: 1 }, null],
        splits: { train: { tokens: "x", lengths: { "8": "y" } } },
      },
    };
    expect(readDataManifest({ sources: broken })).to.deep.equal({
      sources: { two: { files: [file], splits: { train: { documents: 0, tokens: 0, lengths: {} } } } },
    });
  });

  it("keeps a source of any name, and touches no prototype", () => {
    const manifest: JsonObject = JSON.parse('{"sources":{"__proto__":{"license":"MIT"}}}');
    const { sources } = readDataManifest(manifest);
    expect(Object.keys(sources)).to.deep.equal(["__proto__"]);
    expect(({} as { license?: string }).license).to.equal(undefined);
  });
});

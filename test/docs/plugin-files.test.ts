import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";

const read = (file: string) => readFileSync(join(repositoryRoot, file), "utf8");
const example = (file: string) => read(`examples/jsonl-tracker/${file}`);

/** The `js` and `json` blocks of a document. */
function blocks(document: string): string[] {
  return [...read(document).matchAll(/^```js(?:on)?\n((?:.*\n)*?)```$/gm)].map((match) => match[1]!);
}

describe("what the documents show of the examples", () => {
  it("is in docs/plugins.md every file of jsonl-tracker as it is, and the code of custom-callback", () => {
    const files = ["package.json", "write-schema.js", "schema/tracker-jsonl.schema.json", "index.js"];
    const callback = read("examples/custom-callback/index.js");
    const shown = [...[...files, "test/contract.test.js"].map(example), callback];
    expect(blocks("docs/plugins.md")).to.deep.equal(shown);
  });

  it("is in docs/trackers.md a piece of the index.js of jsonl-tracker", () => {
    const shown = blocks("docs/trackers.md");
    expect(shown).to.have.length(1);
    expect(example("index.js")).to.contain(shown[0]);
  });

  it("is a tracker of at most 50 lines", () => {
    expect(example("index.js").trimEnd().split("\n").length).to.be.at.most(50);
  });
});

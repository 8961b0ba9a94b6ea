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

describe("what the documents show of examples/jsonl-tracker", () => {
  it("is in docs/plugins.md every file as it is", () => {
    const files = ["package.json", "write-schema.js", "schema/tracker-jsonl.schema.json", "index.js"];
    expect(blocks("docs/plugins.md")).to.deep.equal([...files, "test/contract.test.js"].map(example));
  });

  it("is in docs/trackers.md a piece of its index.js", () => {
    const shown = blocks("docs/trackers.md");
    expect(shown).to.have.length(1);
    expect(example("index.js")).to.contain(shown[0]);
  });

  it("is a tracker of at most 50 lines", () => {
    expect(example("index.js").trimEnd().split("\n").length).to.be.at.most(50);
  });
});

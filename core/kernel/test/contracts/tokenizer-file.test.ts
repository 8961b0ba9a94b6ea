import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { TokenizerFile } from "#src/contracts/tokenizer-file.js";
import { rejection } from "#src/testing/assertions.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";

describe("TokenizerFile", () => {
  const schema = z.strictObject({ type: z.literal("odd"), ids: z.array(z.int()) });
  const file = new TokenizerFile({ name: "odd vocabulary", maxBytes: 100, schema });
  let folder: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  it("reads what it wrote", async () => {
    await file.write(folder, { type: "odd", ids: [1, 3] });
    expect(await file.read(folder)).to.deep.equal({ type: "odd", ids: [1, 3] });
  });

  const contents: readonly (readonly [content: string | undefined, phrase: string])[] = [
    [undefined, "no such file"],
    ["{", "JSON"],
    [`"${"x".repeat(100)}"`, "it has 102 bytes; 100 are the most"],
    ['{"type":"even","ids":["a"]}', ".type: "],
    ['{"type":"even","ids":["a"]}', ".ids.0: "],
  ];
  for (const [content, phrase] of contents) {
    it(`refuses ${content?.slice(0, 30) ?? "a folder without it"}: ${phrase}`, async () => {
      const path = join(folder, "tokenizer.json");
      if (content !== undefined) await writeFile(path, content);
      const error = await rejection(() => file.read(folder), "CODEX_TOKENIZER_SAVED_INVALID");
      expect(error.what)
        .to.match(/^The saved odd vocabulary cannot be used: /)
        .and.include(phrase);
      expect(error.where).to.equal(path);
    });
  }
});

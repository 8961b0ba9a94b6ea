import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ErrorCapture } from "#src/error-capture/error-capture.js";
import { secretValues, withoutPrivateText } from "#src/error-capture/private-text.js";
import { runErrors } from "#src/errors/run-errors.js";
import { createTemporaryFolder } from "#src/testing/temporary-folder.js";

const versions = { node: "v20.0.0" };

describe("ErrorCapture", () => {
  it("asks the question in its form, with code, causes and run, without secrets and documents", async () => {
    const folder = join(await createTemporaryFolder(), "errors");
    const secrets = secretValues({ tracker: { web: { key: "hunter22" } } }, ["tracker.web.key"], {});
    const capture = new ErrorCapture({ folder, runId: "r1", secrets, versions });
    capture.enter("train", ", after step 40");
    const cause = new SyntaxError(`Unexpected token 'D', "Dear diary"... is not valid JSON`);
    await capture.capture(runErrors.CODEX_RUN_FAILED({ what: "Training failed with hunter22.\nDear diary", cause }));

    const text = readFileSync(join(folder, "errors.md"), "utf8");
    expect(text).to.match(
      /^Question for ChatGPT @codex \d{4}-[^ ]+Z: While performing \[6:train, after step 40\], enc/,
    );
    expect(text).to.include(
      "encountered the following error: [CODEX_RUN_FAILED: Training failed with [secret].]. Context: [run r1; node " +
        "v20.0.0]. What are the possible causes, and how can this be resolved while preserving intended functionality?",
    );
    const ndjson = readFileSync(join(folder, "errors.ndjson"), "utf8");
    expect(JSON.parse(ndjson)).to.include({ code: "CODEX_RUN_FAILED", runId: "r1", step: "6:train, after step 40" });
    expect(text).to.include("- Cause: SyntaxError: Unexpected token 'D', [text left out]... is not valid JSON");
    for (const written of [text, ndjson]) expect(written).to.not.match(/hunter22|diary/);
  });

  it("fails nothing where it cannot write", async () => {
    const file = join(await createTemporaryFolder(), "file");
    writeFileSync(file, "");
    const capture = new ErrorCapture({ folder: join(file, "errors"), runId: "r1", secrets: [], versions });
    await capture.capture(runErrors.CODEX_RUN_FAILED({ what: "No." }));
    expect(readFileSync(file, "utf8")).to.equal("");
  });
});

describe("withoutPrivateText", () => {
  it("leaves out secrets by their form, and quoted text; names and paths stay", () => {
    const clean = (text: string) => withoutPrivateText(text, []);
    expect(clean("refused: Bearer abc.def123")).to.equal("refused: [secret]");
    expect(clean("at https://me:pass@host/x?token=abcdef")).to.equal("at https://[secret]@host/x?token=[secret]");
    expect(clean("sk-abcdefghijkl or ghp_abcdefghijkl")).to.equal("[secret] or [secret]");
    expect(clean("“it was a dark night” and `one two`")).to.equal("[text left out] and [text left out]");
    expect(clean("It can't open 'a.txt' of `data.paths`")).to.equal("It can't open 'a.txt' of `data.paths`");
  });

  it("knows the values of variables that are named as secrets", () => {
    expect(secretValues({}, [], { API_KEY: "abcd", HOME: "/root", SHORT_TOKEN: "1" })).to.deep.equal(["abcd"]);
  });
});

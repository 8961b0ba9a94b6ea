import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { capturedFileOf } from "#src/error-capture/captured-file.js";
import { ErrorCapture } from "#src/error-capture/error-capture.js";
import { errorsFolder } from "#src/error-capture/errors-folder.js";
import { configSecrets, namedSecrets, PrivateTexts } from "#src/error-capture/private-text.js";
import { configErrors } from "#src/errors/config-errors.js";
import { runErrors } from "#src/errors/run-errors.js";
import { safetyErrors } from "#src/errors/safety-errors.js";
import { kernelVersion } from "#src/run/kernel-version.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";

describe("ErrorCapture", () => {
  afterEach(removeTemporaryFolders);

  it("asks the question in its form, with code, causes and run, without secrets and documents", async () => {
    const folder = join(await createTemporaryFolder(), "errors");
    const capture = new ErrorCapture({ command: "train", folder, secrets: [] });
    capture.hideSecrets(configSecrets({ tracker: { web: { key: "hunter22" } } }, ["tracker.web.key"]));
    capture.useRun({ runId: "r1" });
    capture.enter("train", ", after step 40");
    const cause = new SyntaxError(`Unexpected token 'D', "Dear diary"... is not valid JSON`);
    await capture.capture(runErrors.CODEX_RUN_FAILED({ what: "Training failed with hunter22.\nDear diary", cause }));

    const text = readFileSync(join(folder, "errors.md"), "utf8");
    expect(text).to.match(
      /^Question for ChatGPT @codex \d{4}-[^ ]+Z: While performing \[8:train, after step 40\], enc/,
    );
    const { version } = process;
    expect(text).to.include(
      "encountered the following error: [CODEX_RUN_FAILED: Training failed with [secret].]. Context: [command train; " +
        `run r1; codex-core ${kernelVersion()}; node ${version}]. ` +
        "What are the possible causes, and how can this be resolved while preserving intended functionality?",
    );
    const ndjson = readFileSync(join(folder, "errors.ndjson"), "utf8");
    expect(JSON.parse(ndjson)).to.include({ code: "CODEX_RUN_FAILED", runId: "r1", step: "8:train, after step 40" });
    expect(text).to.include("- Cause: SyntaxError: Unexpected token 'D', [text left out]... is not valid JSON");
    for (const written of [text, ndjson]) expect(written).to.not.match(/hunter22|diary/);
  });

  it("fails nothing where it cannot write", async () => {
    const file = join(await createTemporaryFolder(), "file");
    writeFileSync(file, "");
    const capture = new ErrorCapture({ command: "train", folder: join(file, "errors"), secrets: [] });
    await capture.capture(runErrors.CODEX_RUN_FAILED({ what: "No." }));
    expect(readFileSync(file, "utf8")).to.equal("");
  });

  it("writes to the project where the run's folder takes nothing, and each error once", async () => {
    const folder = await createTemporaryFolder();
    writeFileSync(join(folder, "file"), "");
    const capture = new ErrorCapture({ command: "evaluate", folder, secrets: [] });
    capture.useRun({ runId: "r1", folder: join(folder, "file") });
    const error = runErrors.CODEX_RUN_FAILED({ what: "No." });
    for (const part of [undefined, "tracker.web"]) await capture.capture(error, part);
    const rows = readFileSync(join(folder, "errors.ndjson"), "utf8").trim().split("\n");
    expect(rows).to.have.length(1);
    expect(capturedFileOf(error)).to.equal(join(folder, "errors.md"));
  });

  it("names the steps of a command, and goes back to its own work after one", async () => {
    const folder = await createTemporaryFolder();
    const capture = new ErrorCapture({ command: "codex", folder, secrets: [] });
    capture.begin("later prepare");
    const failAt = () => capture.capture(runErrors.CODEX_RUN_FAILED({ what: "No." }));
    await failAt();
    await capture.during("read the config", failAt);
    await failAt();
    capture.enter("load the checkpoint");
    await failAt();
    const rows = readFileSync(join(folder, "errors.ndjson"), "utf8").trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).step)).to.deep.equal([
      "3:later prepare",
      "2:read the config",
      "3:later prepare",
      "3:later prepare, load the checkpoint",
    ]);
  });

  it("quotes nothing of what a safety filter refused", async () => {
    const folder = await createTemporaryFolder();
    const capture = new ErrorCapture({ command: "generate", folder, secrets: [] });
    const cause = new Error('"Mordor" is a place');
    const what = 'Safety filter words refuses the prompt: it holds "Mordor" and `orcs`.';
    await capture.capture(safetyErrors.CODEX_SAFETY_REFUSED({ what, where: "prompt", cause }));
    const text = readFileSync(join(folder, "errors.md"), "utf8");
    expect(text).to.include("words refuses the prompt: it holds [text left out] and [text left out].");
    expect(text).to.not.match(/Mordor|orcs/);
  });

  it("tells each mistake of a config", async () => {
    const folder = await createTemporaryFolder();
    const capture = new ErrorCapture({ command: "train", folder, secrets: [] });
    const problem = (what: string) => ({ error: configErrors.CODEX_CONFIG_WRONG_VALUE({ what, where: "a.yaml:1" }) });
    const both = configErrors.CODEX_CONFIG_INVALID({ what: "The config has 2 mistakes:\n  …" });
    await capture.capture(Object.assign(both, { problems: [problem("One."), problem('Two is "my dear".')] }));
    const { message, causes } = JSON.parse(readFileSync(join(folder, "errors.ndjson"), "utf8"));
    expect(message).to.equal("CODEX_CONFIG_INVALID: The config has 2 mistakes:");
    expect(causes).to.deep.equal([
      "CODEX_CONFIG_WRONG_VALUE: One. (a.yaml:1)",
      "CODEX_CONFIG_WRONG_VALUE: Two is [text left out]. (a.yaml:1)",
    ]);
  });
});

describe("errorsFolder", () => {
  afterEach(removeTemporaryFolders);

  it("is the project's, and none where neither package.json nor codex.config is found up to the repository's root", async () => {
    const folder = await createTemporaryFolder();
    const repository = join(folder, "repository");
    mkdirSync(join(repository, ".git"), { recursive: true });
    mkdirSync(join(repository, "inner"));
    writeFileSync(join(folder, "package.json"), "{}");
    expect(errorsFolder(folder)).to.equal(join(folder, ".codex", "errors"));
    expect(errorsFolder(join(repository, "inner"))).to.equal(undefined);
    writeFileSync(join(repository, "codex.config.yaml"), "");
    expect(errorsFolder(join(repository, "inner"))).to.equal(join(repository, "inner", ".codex", "errors"));
  });
});

describe("PrivateTexts", () => {
  it("leaves out secrets by their form, and quoted text; names and paths stay", () => {
    const clean = (text: string) => new PrivateTexts().leaveOut(text);
    expect(clean("refused: Bearer abc.def123")).to.equal("refused: [secret]");
    expect(clean("at https://me:pass@host/x?token=abcdef")).to.equal("at https://[secret]@host/x?token=[secret]");
    expect(clean(`no ${homedir()}/runs in /data${homedir()}`)).to.equal(`no ~/runs in /data${homedir()}`);
    expect(clean("sk-abcdefghijkl or ghp_abcdefghijkl")).to.equal("[secret] or [secret]");
    expect(clean("“it was a dark night” and `one two`")).to.equal("[text left out] and [text left out]");
    expect(clean('is "a \\"dear\\" b", and "cut off in the mid...')).to.equal(
      "is [text left out], and [text left out]",
    );
    expect(clean("It can't open 'a.txt' of `data.paths`")).to.equal("It can't open 'a.txt' of `data.paths`");
  });

  it("knows the values of variables that are named as secrets", () => {
    const words = ["train", "x.token=b=c", "tokenizer.type=char"];
    const secrets = namedSecrets({ API_KEY: "abcd", PLACE: "/srv", SHORT_TOKEN: "1" }, words);
    expect(secrets).to.deep.equal(["abcd", "1", "b=c"]);
    expect(new PrivateTexts(secrets).leaveOut("1 abcd in /srv")).to.equal("1 [secret] in /srv");
  });

  it("takes no author, keyboard or setting for a secret", () => {
    const variables = { GIT_AUTHOR_NAME: "Ishmael", KEYBOARD: "dvorak", TOKENIZERS_PARALLELISM: "true" };
    expect(namedSecrets({ ...variables, USE_AUTH: "false", BASIC_AUTH: "a:bcdef" })).to.deep.equal(["a:bcdef"]);
  });

  it("hides secrets alone where the rest shall stay", () => {
    const texts = new PrivateTexts(["hunter22"]);
    const message = 'hunter22 in "what I wrote"\nand access_token=abc';
    expect(texts.withoutSecrets(message)).to.equal('[secret] in "what I wrote"\nand access_token=[secret]');
  });

  it("leaves out the lines of a text that was given", () => {
    const texts = new PrivateTexts();
    texts.hideTexts(["Dear diary,\r\ntoday it rained\nso"]);
    expect(texts.leaveOut("no token for today it rained, so")).to.equal("no token for [text left out], so");
  });
});

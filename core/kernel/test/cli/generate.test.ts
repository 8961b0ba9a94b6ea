import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { isCodexError } from "codex-core";
import { generate } from "#src/cli/generate/generate.js";
import { safetyErrors } from "#src/errors/safety-errors.js";
import type { GenerateAllSettings, GenerateSettings, Kernel } from "#src/run/kernel-types.js";
import { createFakeContext, type FakeContextSettings } from "./fake-context.js";
import { createFakeStream, createFakeTerminal } from "./fake-terminal.js";
import { FakeProject } from "./run-folders.js";

const options = { prompt: ["Call me"], maxNewTokens: 3 };

describe("generate", () => {
  let project: FakeProject;
  let asked: GenerateSettings | undefined;

  /** Writes the texts, one a token; an aborted signal ends it between tokens. */
  function writer(texts: readonly string[], beforeToken: (index: number) => void = () => undefined): Partial<Kernel> {
    return {
      async *generate(settings) {
        asked = settings;
        for (const [index, text] of texts.entries()) {
          beforeToken(index);
          if (settings.signal?.aborted) return "signal";
          yield { tokenId: 10 + index, text };
        }
        return "length";
      },
    };
  }

  function contextOf(settings: FakeContextSettings) {
    return createFakeContext({ terminal: createFakeTerminal(project.folder), ...settings });
  }

  beforeEach(() => {
    project = new FakeProject();
    project.addRun("a", { startedAt: "2026-01-01T00:00:00Z" }, [5]);
    asked = undefined;
  });

  afterEach(() => project.dispose());

  it("streams the text alone to a pipe, ended by one line end", async () => {
    const context = contextOf({ kernel: writer([" Ish", "", "mael"]) });
    await generate("a", [], options, context);
    expect(context.terminal.stdout.text).to.equal(" Ishmael\n");
    expect(context.terminal.stderr.text).to.equal("");
    expect(asked).to.include({ prompt: "Call me", maxNewTokens: 3 });
    expect(asked?.checkpoint).to.match(/step-00000005$/);
    expect(context.kernelSettings?.checkpoint).to.equal(asked?.checkpoint);
    expect(context.wasDisposed).to.equal(true);
  });

  it("tells warnings beside the text, unless it is to be quiet", async () => {
    for (const quiet of [false, true]) {
      const context = contextOf({ kernel: writer([" Ish"], () => asked?.observer?.warning?.("it is slow")), quiet });
      await generate("a", [], options, context);
      expect(context.terminal.stderr.text).to.equal(quiet ? "" : "Warning: it is slow\n");
      expect(context.terminal.stdout.text).to.equal(" Ish\n");
    }
  });

  it("answers with text, token ids and the reason it stopped", async () => {
    const context = contextOf({ json: true, kernel: writer([" Ish", "mael"]) });
    await generate("latest", [], options, context);
    expect(JSON.parse(context.terminal.stdout.text)).to.deep.equal({
      text: " Ishmael",
      tokenIds: [10, 11],
      stopReason: "length",
    });
  });

  it("shows the prompt on a terminal, and no control characters", async () => {
    const terminal = { ...createFakeTerminal(project.folder), stdout: createFakeStream({ isTerminal: true }) };
    const context = contextOf({ terminal, kernel: writer(["\u001b[2J", "\tx\n"]) });
    await generate("a", [], options, context);
    expect(terminal.stdout.text).to.equal("Call me\ufffd[2J\tx\n");
  });

  it("reads the prompt from stdin, less one final line end", async () => {
    const stdin = (async function* () {
      yield Buffer.from([0x63, 0xc3]);
      yield Buffer.from([0xa9, 0x0a, 0x0a]);
    })();
    const context = contextOf({ terminal: { ...createFakeTerminal(project.folder), stdin }, kernel: writer([]) });
    await generate("a", [], { ...options, prompt: ["-"] }, context);
    expect(asked?.prompt).to.equal("cé\n");
  });

  describe("of several prompts", () => {
    const several: Partial<Kernel> = {
      async *generateAll(settings) {
        all = settings;
        for (const [index, prompt] of settings.prompts.entries()) {
          const tokens = [
            { tokenId: index, text: `${prompt}\n` },
            { tokenId: 9, text: "!" },
          ];
          yield { tokens, stopReason: index === 0 ? "eos" : "length" };
        }
      },
    };
    let all: GenerateAllSettings | undefined;

    it("writes a line for each, in their order", async () => {
      const context = contextOf({ kernel: several });
      await generate("a", [], { ...options, prompt: ["One", "Two"], seed: 3 }, context);
      expect(context.terminal.stdout.text).to.equal("One\\n!\nTwo\\n!\n");
      expect(all).to.deep.include({ prompts: ["One", "Two"], maxNewTokens: 3, seed: 3 });
    });

    it("answers with an array", async () => {
      const context = contextOf({ json: true, kernel: several });
      await generate("a", [], { ...options, prompt: ["One", "Two"] }, context);
      expect(JSON.parse(context.terminal.stdout.text)).to.deep.equal([
        { text: "One\n!", tokenIds: [0, 9], stopReason: "eos" },
        { text: "Two\n!", tokenIds: [1, 9], stopReason: "length" },
      ]);
    });

    it("puts an empty line, or the error, in the place of a refused text; all refused end with 3", async () => {
      const refusing = (refused: string): Partial<Kernel> => ({
        async *generateAll({ prompts }) {
          for (const prompt of prompts) {
            if (!refused.includes(prompt)) yield { tokens: [{ tokenId: 1, text: prompt }], stopReason: "length" };
            else yield { refusal: safetyErrors.CODEX_SAFETY_REFUSED({ what: `No ${prompt}.` }) };
          }
        },
      });
      const prompt = ["One", "Two", "Three"];
      const some = contextOf({ kernel: refusing("Two") });
      await generate("a", [], { ...options, prompt }, some);
      expect(some.terminal.stdout.text).to.equal("One\n\nThree\n");
      expect(some.terminal.stderr.text).to.match(/^CODEX_SAFETY_REFUSED: No Two\.\n/);
      expect(some.exitCode).to.equal(0);
      const every = contextOf({ json: true, kernel: refusing("One, Two, Three") });
      await generate("a", [], { ...options, prompt }, every);
      const answers: { error: { code: string; what: string } }[] = JSON.parse(every.terminal.stdout.text);
      expect(answers.map(({ error }) => `${error.code} ${error.what}`)).to.deep.equal(
        prompt.map((each) => `CODEX_SAFETY_REFUSED No ${each}.`),
      );
      expect(every.exitCode).to.equal(3);
    });

    for (const [name, content] of [
      ["p.txt", "One\r\n\n  Two\n"],
      ["p.jsonl", '"One"\n{"prompt": "  Two", "id": 1}\n'],
    ] as const) {
      it(`reads them from ${name}, and answers with an array even for one`, async () => {
        writeFileSync(join(project.folder, name), content);
        const context = contextOf({ json: true, kernel: several });
        await generate("a", [], { maxNewTokens: 3, prompts: name }, context);
        expect(all?.prompts).to.deep.equal(["One", "  Two"]);
        writeFileSync(join(project.folder, name), content.split("\n")[0]!);
        const again = contextOf({ json: true, kernel: several });
        await generate("a", [], { maxNewTokens: 3, prompts: name }, again);
        expect(JSON.parse(again.terminal.stdout.text)).to.have.length(1);
      });
    }

    for (const [what, options, code, phrase] of [
      ["no prompt at all", {}, "CODEX_CLI_MISSING_ARGUMENT", "--prompt TEXT"],
      ["a file that is not there", { prompts: "none.txt" }, "CODEX_CLI_INVALID_VALUE", "cannot be read"],
      ["a file without prompts", { prompts: "empty.txt" }, "CODEX_CLI_INVALID_VALUE", "holds no prompt"],
      ["a line that is no prompt", { prompts: "bad.jsonl" }, "CODEX_CLI_INVALID_VALUE", "Line 2"],
    ] as const) {
      it(`refuses ${what}`, async () => {
        writeFileSync(join(project.folder, "empty.txt"), " \n");
        writeFileSync(join(project.folder, "bad.jsonl"), '"One"\n{"text": 1}\n');
        const error = await generate("a", [], { maxNewTokens: 3, ...options }, contextOf({})).catch((reason) => reason);
        expect(error).to.have.property("code", code);
        expect(`${error.what} ${error.fix}`).to.contain(phrase);
      });
    }
  });

  it("stops quietly when the reader has gone", async () => {
    const terminal = createFakeTerminal(project.folder);
    const kernel = writer(["a", "b", "c"], (index) => index === 1 && terminal.stdout.close());
    const context = contextOf({ terminal, kernel });
    await generate("a", [], options, context);
    expect(context.exitCode).to.equal(0);
    expect(terminal.stdout.text).to.equal("a\n");
  });

  it("ends with 130 when interrupted, and keeps what it wrote", async () => {
    const interrupt = (index: number): void => {
      if (index === 1) context.interrupt();
    };
    const context = contextOf({ json: true, kernel: writer(["a", "b"], interrupt) });
    await generate("a", [], options, context);
    expect(context.exitCode).to.equal(130);
    expect(JSON.parse(context.terminal.stdout.text)).to.deep.equal({ text: "a", tokenIds: [10], stopReason: "signal" });
  });

  it("passes on sampling options, the device and overrides", async () => {
    const context = contextOf({ kernel: writer([]) });
    const sampling = { temperature: 0, topK: 5, topP: 0.9, seed: 7 };
    await generate("a", ["compute.threads=1"], { ...options, ...sampling, device: "cpu" }, context);
    expect(asked).to.include(sampling);
    expect(context.kernelSettings).to.deep.include({ overrides: ["compute.threads=1"], flags: { device: "cpu" } });
  });

  it("makes no kernel when there is no such run", async () => {
    const context = contextOf({});
    try {
      await generate("nothing", [], options, context);
      expect.fail("nothing was thrown");
    } catch (error) {
      expect(isCodexError(error) && error.code).to.equal("CODEX_RUN_NOT_FOUND");
    }
    expect(context.kernelSettings).to.equal(undefined);
  });

  it("disposes the kernel when writing fails", async () => {
    const kernel: Partial<Kernel> = {
      // biome-ignore lint/correctness/useYield: it fails before its first token
      async *generate() {
        throw new Error("out of ideas");
      },
    };
    const context = contextOf({ kernel });
    await generate("a", [], options, context).then(
      () => expect.fail("nothing was thrown"),
      (error: Error) => expect(error.message).to.equal("out of ideas"),
    );
    expect(context.wasDisposed).to.equal(true);
  });
});

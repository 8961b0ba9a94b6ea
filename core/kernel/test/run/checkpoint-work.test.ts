import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { EvaluatorPoint, type GeneratedToken, type Generator, type StopReason } from "codex-core";
import { createKernel, type GenerateSettings, type Kernel } from "codex-core/kernel";
import {
  createTemporaryFolder,
  fakePlugin,
  JsonCheckpointStore,
  MemoryTracker,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import { createFakeKernel, readRows } from "./fake-run.js";

describe("work on a checkpoint", () => {
  let project: string;

  beforeEach(async () => {
    project = await createTemporaryFolder();
    const trainer = { type: "fake", maxSteps: 8, saveEvery: 4 };
    await (await createFakeKernel(project, { trainer })).train();
  });

  afterEach(removeTemporaryFolders);

  async function write(kernel: Kernel, settings: Partial<GenerateSettings> = {}) {
    const tokens: GeneratedToken[] = [];
    const all = { checkpoint: "my run", prompt: "the sea", maxNewTokens: 100, ...settings };
    const generating = kernel.generate(all);
    let stopReason: StopReason | undefined;
    while (stopReason === undefined) {
      const next = await generating.next();
      if (next.done) stopReason = next.value;
      else tokens.push(next.value);
    }
    return { tokens, text: tokens.map(({ text }) => text).join(""), stopReason };
  }

  it("evaluates a checkpoint, a run's newest checkpoint, and starts no tracker", async () => {
    const tracker = new MemoryTracker();
    const kernel = await createFakeKernel(project, {}, { parts: { tracker: { mine: tracker } } });
    expect((await kernel.evaluate({ checkpoint: "my run" })).metrics).to.include({ "eval/loss": 5 / 8 });
    const checkpoint = join("my run", "checkpoints", "step-00000004");
    expect((await kernel.evaluate({ checkpoint })).metrics).to.include({ "eval/loss": 5 / 4 });
    expect(tracker.run).to.equal(undefined);
    expect(await readdir(project)).to.deep.equal(["my run"]);
  });

  it("needs nothing but the checkpoint when the kernel is created from it", async () => {
    const kernel = await createKernel({ projectFolder: project, plugins: [fakePlugin], checkpoint: "my run" });
    expect((await kernel.evaluate({ checkpoint: "my run" })).metrics).to.include({ "eval/loss": 5 / 8 });
    expect((await write(kernel)).text).to.equal("the sea");
    expect(kernel.config.value).to.not.have.nested.property("run.outputDir");
  });

  it("takes the names of runs that a command line takes: a runId, and `latest`", async () => {
    await rejection(() => createKernel({ projectFolder: project, checkpoint: "latest" }), "CODEX_RUN_NOT_FOUND");
    await mkdir(join(project, "runs"));
    await rename(join(project, "my run"), join(project, "runs", "mine"));
    const { runId } = JSON.parse(await readFile(join(project, "runs/mine/run.json"), "utf8"));
    for (const name of ["latest", "mine", runId]) {
      const kernel = await createKernel({ projectFolder: project, plugins: [fakePlugin], checkpoint: name });
      const { checkpoint, metrics } = await kernel.evaluate({ checkpoint: name });
      expect(metrics, name).to.include({ "eval/loss": 5 / 8 });
      expect(checkpoint).to.equal(join(project, "runs/mine/checkpoints/step-00000008"));
      expect((await write(kernel, { checkpoint: name })).text).to.equal("the sea");
      const { folder } = await kernel.train({ resumeFrom: name === "latest" ? "mine" : name });
      expect(JSON.parse(await readFile(join(folder, "run.json"), "utf8"))).to.include({ resumedFrom: checkpoint });
    }
  });

  it("refuses to be created from what is no checkpoint", async () => {
    const settings = { projectFolder: project, plugins: [fakePlugin] };
    await rejection(() => createKernel({ ...settings, checkpoint: "nowhere" }), "CODEX_RUN_CHECKPOINT_CONFIG");
    await rm(join(project, "my run/checkpoints/step-00000008/config.yaml"));
    await rejection(() => createKernel({ ...settings, checkpoint: "my run" }), "CODEX_RUN_CHECKPOINT_CONFIG");
  });

  it("passes on what the evaluator throws, coded", async () => {
    class Broken {
      evaluate() {
        throw new Error("no such metric");
      }
    }
    const kernel = await createFakeKernel(project, {}, { parts: { [EvaluatorPoint.key]: Broken } });
    const error = await rejection(() => kernel.evaluate({ checkpoint: "my run" }), "CODEX_RUN_FAILED");
    expect(error.message).to.include("Evaluation failed: no such metric");
    expect(error.fix).to.include("CODEX_DEBUG=1").and.not.include("log.ndjson");
    const [kept] = await readRows(join(project, "my run"), "errors.ndjson");
    expect(kept).to.include({ command: "evaluate", step: "5:evaluate", code: "CODEX_RUN_FAILED" });
    await rejection(() => kernel.evaluate({ checkpoint: "nowhere" }), "CODEX_CHECKPOINT_NOT_FOUND");
  });

  it("reports parts that fail to close", async () => {
    class Stuck {
      evaluate = async () => ({ "eval/loss": 1 });
      dispose() {
        throw new Error("the device is lost");
      }
    }
    const kernel = await createFakeKernel(project, {}, { parts: { [EvaluatorPoint.key]: Stuck } });
    const error = await rejection(() => kernel.evaluate({ checkpoint: "my run" }), "CODEX_PART_DISPOSAL");
    expect(error.message).to.include("evaluator: the device is lost");
  });

  it("reports a checkpoint store that fails to close, whatever it was read for", async () => {
    class Stuck extends JsonCheckpointStore {
      constructor() {
        super(join(project, "my run"));
      }
      dispose() {
        throw new Error("the disk is lost");
      }
    }
    const kernel = await createFakeKernel(project, {}, { parts: { checkpoint: Stuck } });
    const works = [
      () => kernel.evaluate({ checkpoint: "my run" }),
      () => kernel.train({ resumeFrom: "my run" }),
      () => kernel.withCheckpoints((store) => store.list(join(project, "my run/checkpoints"))),
    ];
    for (const work of works) {
      expect((await rejection(work, "CODEX_PART_DISPOSAL")).message).to.include("checkpoint: the disk is lost");
    }
  });

  describe("generation", () => {
    it("yields tokens as they are made and says why it stopped", async () => {
      const { tokens, text, stopReason } = await write(await createFakeKernel(project));
      expect(text).to.equal("the sea");
      expect(tokens.map(({ tokenId }) => tokenId)).to.deep.equal([...Buffer.from("the sea")]);
      expect(stopReason).to.equal("length");
    });

    it("inspects the prompt", async () => {
      const kernel = await createFakeKernel(project, { safety: { fake: { action: "refuse" } } });
      const error = await rejection(() => write(kernel, { prompt: "say forbidden" }), "CODEX_SAFETY_REFUSED");
      expect(error.exitCode).to.equal(3);
    });

    it("redacts the completion, and leaves out the ids that would tell it", async () => {
      const safety = { fake: { word: "sea]" } };
      const generator = {
        async *generate() {
          for (const character of "[a sea] b") yield { tokenId: character.charCodeAt(0), text: character };
          return "length" as const;
        },
      };
      const kernel = await createFakeKernel(project, { safety }, { parts: { generator } });
      const { tokens, text } = await write(kernel);
      expect(text).to.equal("[a [redacted] b");
      expect(String.fromCharCode(...tokens.map(({ tokenId }) => tokenId))).to.equal("[a  b");
    });

    it("leaves out the ids of a redacted character's first bytes, whose text comes with its last", async () => {
      const pieces = ["a", "", "", "\u6d77", "b"];
      const generator = {
        async *generate() {
          for (const [tokenId, text] of pieces.entries()) yield { tokenId, text };
          return "length" as const;
        },
      };
      const kernel = await createFakeKernel(
        project,
        { safety: { fake: { word: "\u6d77" } } },
        { parts: { generator } },
      );
      const { tokens, text } = await write(kernel);
      expect(text).to.equal("a[redacted]b");
      expect(tokens.map(({ tokenId }) => tokenId)).to.deep.equal([0, 4]);
    });

    it("keeps text whose every id is redacted", async () => {
      const kernel = await createFakeKernel(
        project,
        { safety: { fake: { word: "x" } } },
        {
          parts: {
            generator: {
              async *generate() {
                yield { tokenId: 120, text: "x" };
                return "length" as const;
              },
            },
          },
        },
      );
      expect((await write(kernel)).tokens).to.deep.equal([{ tokenId: -1, text: "[redacted]" }]);
    });

    describe("of several prompts", () => {
      const settings = { checkpoint: "my run", prompts: ["a sea", "", "seven"], maxNewTokens: 4, seed: 3 };
      async function all(kernel: Kernel, prompts: readonly string[] = settings.prompts) {
        const texts: [text: string, reason: string][] = [];
        for await (const each of kernel.generateAll({ ...settings, prompts })) {
          if ("refusal" in each) texts.push([each.refusal.code, each.refusal.where ?? ""]);
          else texts.push([each.tokens.map(({ text }) => text).join(""), each.stopReason]);
        }
        return texts;
      }

      it("writes one after the other, each from its own stream, where the generator has no way of its own", async () => {
        const asked: unknown[] = [];
        const generator: Generator = {
          async *generate({ prompt, stream, seed }) {
            asked.push([prompt, stream, seed]);
            yield { tokenId: 1, text: `${prompt}!` };
            return "length";
          },
        };
        const kernel = await createFakeKernel(project, {}, { parts: { generator } });
        expect(await all(kernel)).to.deep.equal(settings.prompts.map((prompt) => [`${prompt}!`, "length"]));
        expect(asked).to.deep.equal(settings.prompts.map((prompt, stream) => [prompt, stream, 3]));
      });

      it("puts a refusal in the place of a prompt, and of a text, and writes the others from their own streams", async () => {
        const asked: unknown[] = [];
        const generator: Generator = {
          async *generate({ prompt, stream }) {
            asked.push([prompt, stream]);
            // Its text is refused, too.
            yield { tokenId: 1, text: prompt === "" ? "sea" : `${prompt}!` };
            return "length";
          },
        };
        const safety = { fake: { word: "sea", action: "refuse" } };
        const kernel = await createFakeKernel(project, { safety }, { parts: { generator } });
        const expected = [
          ["CODEX_SAFETY_REFUSED", "prompt 1 of 3"],
          ["CODEX_SAFETY_REFUSED", "config → safety.fake"],
          ["seven!", "length"],
        ];
        expect(await all(kernel)).to.deep.equal(expected);
        expect(asked).to.deep.equal([
          ["", 1],
          ["seven", 2],
        ]);
        const streams: unknown[] = [];
        generator.generateAll = async function* (request) {
          streams.push(request.prompts, request.streams);
          for (const prompt of request.prompts)
            yield { tokens: [{ tokenId: 1, text: prompt || "sea" }], stopReason: "eos" };
        };
        expect((await all(kernel)).map(([text]) => text)).to.deep.equal([
          ...expected.slice(0, 2).map(([code]) => code),
          "seven",
        ]);
        expect(streams).to.deep.equal([
          ["", "seven"],
          [1, 2],
        ]);
      });

      it("makes no generator where all prompts are refused", async () => {
        const safety = { fake: { word: "sea", action: "refuse" } };
        const kernel = await createFakeKernel(
          project,
          { safety },
          { parts: { generator: { generate: () => expect.fail("it writes") } } },
        );
        expect(await all(kernel, ["a sea"])).to.deep.equal([["CODEX_SAFETY_REFUSED", "prompt"]]);
      });

      it("lets prompts and texts pass the safety filters", async () => {
        const generator: Generator = {
          generate: () => expect.fail("it has a way of its own"),
          async *generateAll({ prompts }) {
            for (const prompt of prompts) {
              yield { tokens: [...`${prompt}!`].map((text, tokenId) => ({ tokenId, text })), stopReason: "eos" };
            }
          },
        };
        const kernel = await createFakeKernel(project, { safety: { fake: { word: "sea" } } }, { parts: { generator } });
        expect(await all(kernel)).to.deep.equal([
          ["a [redacted]!", "eos"],
          ["!", "eos"],
          ["seven!", "eos"],
        ]);
        generator.generateAll = async function* () {
          yield { tokens: [..."my sea"].map((text, tokenId) => ({ tokenId, text })), stopReason: "eos" };
        };
        expect(await all(kernel)).to.deep.equal([["my [redacted]", "eos"]]);
      });

      it("is closed by dispose when nobody reads to the end", async () => {
        const kernel = await createFakeKernel(project);
        const generating = kernel.generateAll(settings);
        await generating.next();
        await kernel.dispose();
        expect(await generating.next()).to.deep.include({ done: true });
      });
    });

    it("refuses before an id of the refused text goes out", async () => {
      const seen: number[] = [];
      const safety = { fake: { word: "sea", action: "refuse" } };
      const generator = {
        async *generate() {
          for (const character of "a sea b") yield { tokenId: character.charCodeAt(0), text: character };
          return "length" as const;
        },
      };
      const kernel = await createFakeKernel(project, { safety }, { parts: { generator } });
      await rejection(async () => {
        const all = { checkpoint: "my run", prompt: "", maxNewTokens: 9 };
        for await (const { tokenId } of kernel.generate(all)) seen.push(tokenId);
      }, "CODEX_SAFETY_REFUSED");
      expect(String.fromCharCode(...seen)).to.not.include("s");
    });

    it("that nobody reads to the end is closed by dispose, and a disposed kernel writes nothing", async () => {
      const kernel = await createFakeKernel(project);
      const settings = { checkpoint: "my run", prompt: "abc", maxNewTokens: 9 };
      const generating = kernel.generate(settings);
      await generating.next();
      await kernel.dispose();
      expect(await generating.next()).to.deep.include({ done: true });
      await rejection(() => kernel.generate(settings).next(), "CODEX_KERNEL_DISPOSED");
    });

    it("can be left early, and stops at the signal", async () => {
      const kernel = await createFakeKernel(project);
      for await (const token of kernel.generate({ checkpoint: "my run", prompt: "abc", maxNewTokens: 9 })) {
        expect(token.text).to.equal("a");
        break;
      }
      const controller = new AbortController();
      const generating = kernel.generate({
        checkpoint: "my run",
        prompt: "abc",
        maxNewTokens: 9,
        signal: controller.signal,
      });
      await generating.next();
      controller.abort();
      expect(await generating.next()).to.deep.equal({ done: true, value: "signal" });
      await kernel.dispose();
    });
  });
});

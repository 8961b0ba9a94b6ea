import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Evaluator, EvaluatorPoint, type Generator, type ScoreRequest } from "codex-core";
import type { EvaluateSettings, RunObserver } from "codex-core/kernel";
import { createTemporaryFolder, FakeEvaluator, rejection, removeTemporaryFolders } from "codex-core/testing";
import { evaluationErrors } from "#src/errors/evaluation-errors.js";
import { fakeMetric } from "#src/testing/fakes/fake-metric.js";
import { createFakeKernel } from "./fake-run.js";

describe("evaluating", () => {
  let project: string;
  let warnings: string[];

  beforeEach(async () => {
    project = await createTemporaryFolder();
    await (await createFakeKernel(project, { trainer: { type: "fake", maxSteps: 5, saveEvery: 5 } })).train();
  });
  afterEach(removeTemporaryFolders);

  async function measure(
    settings: Partial<EvaluateSettings> = {},
    config: object = {},
    parts: { readonly [point: string]: object } = {},
  ) {
    const kernel = await createFakeKernel(project, { ...config }, { parts: parts as never });
    warnings = [];
    const observer: RunObserver = { warning: (text) => warnings.push(text) };
    return kernel.evaluate({ checkpoint: "my run", observer, ...settings });
  }

  /** A task's file, and its data beside it. */
  async function task(name: string, yaml: string, ...rows: readonly object[]): Promise<string> {
    await writeFile(join(project, `${name}.yaml`), `data: ${name}.jsonl\n${yaml}`);
    await writeFile(join(project, `${name}.jsonl`), rows.map((row) => JSON.stringify(row)).join("\n"));
    return `${name}.yaml`;
  }

  const metric = { nats: { type: "fake" } };
  const choices = 'kind: choices\nprompt: "{{q}}"\nchoices: "{{c}}"\nanswerIndex: "{{n}}"\n';
  const choosing = `${choices}metric: { right: { type: fake, input: choices } }\n`;
  const writing =
    'kind: generate\nprompt: "{{q}}"\nreferences: ["{{a}}"]\nmetric: { same: { type: fake, input: text } }\n';

  it("measures a split with the config's metrics beside the evaluator's own", async () => {
    const { checkpoint, step, split, tasks, metrics, intervals } = await measure({}, { metric });
    expect({ step, split, tasks, metrics, intervals }).to.deep.equal({
      step: 5,
      split: "validation",
      tasks: [],
      metrics: { "eval/loss": 1, "eval/tokens": 6, "eval/nats": 1 },
      intervals: {},
    });
    expect(checkpoint).to.match(/step-00000005$/);
  });

  it("draws intervals from a seed, the run's where none is given", async () => {
    const seeded = await measure({ bootstrap: 50, seed: 1 }, { metric });
    const { low, high } = seeded.intervals["eval/nats"]!;
    expect(low).to.be.within(0.75, 1);
    expect(high).to.be.within(1, 1.25);
    expect(Object.keys(seeded.intervals)).to.deep.equal(["eval/nats"]);
    expect(await measure({ bootstrap: 50 }, { metric })).to.deep.equal(seeded);
  });

  it("refuses a metric that would replace another value of its name", async () => {
    for (const [name, options] of Object.entries({
      loss: { type: "fake" },
      tokens: { type: "fake" },
      accuracy: { type: "fake", input: "tokens" },
    })) {
      const error = await rejection(() => measure({}, { metric: { [name]: options } }), "CODEX_METRIC_NAME");
      expect(error.where).to.equal(`config → metric.${name}`);
    }
    const counted = await task("counted", `${choices}metric: { items: { type: fake, input: choices } }\n`, {
      q: "a",
      c: ["b", "c"],
      n: 0,
    });
    await rejection(() => measure({ tasks: [counted] }), "CODEX_METRIC_NAME");
  });

  it("refuses a metric of texts on a split, and one of tokens that never come", async () => {
    const texts = { nats: { type: "fake", input: "text" } };
    const error = await rejection(() => measure({}, { metric: texts }), "CODEX_METRIC_INPUT");
    expect(error.what).to.include("nats is about text");
    const evaluator: Evaluator = { evaluate: async () => ({ "eval/loss": 2 }) };
    const parts = { [EvaluatorPoint.key]: evaluator };
    await rejection(() => measure({}, { metric }, parts), "CODEX_METRIC_INPUT");
    expect((await measure({}, {}, parts)).metrics).to.deep.equal({ "eval/loss": 2 });
  });

  it("scores the choices of a task, and measures no split then unless it is named", async () => {
    // The fake evaluator likes what comes late in the alphabet, and short texts.
    const rows = [
      { q: "x", c: ["b", "z"], n: 1 },
      { q: "y", c: ["b", "z"], n: 0 },
    ];
    const tasks = [await task("letters", choosing, ...rows)];
    const alone = await measure({ tasks }, { metric });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include("Left out, because tasks alone are measured: metric.nats.");
    expect(alone).to.not.have.property("split");
    expect(alone.tasks).to.deep.equal(["letters"]);
    expect(alone.metrics).to.deep.equal({ "eval/letters/items": 2, "eval/letters/right": 0.5 });
    const both = await measure({ tasks, split: "train", bootstrap: 5 }, { metric });
    expect(Object.keys(both.metrics)).to.include.members(["eval/train/nats", "eval/letters/right"]);
    expect(Object.keys(both.intervals)).to.deep.equal(["eval/train/nats", "eval/letters/right"]);
  });

  it("names what it measured of another split than training does by that split", async () => {
    const { metrics } = await measure({ split: "train" }, { metric });
    expect(Object.keys(metrics)).to.deep.equal(["eval/train/loss", "eval/train/tokens", "eval/train/nats"]);
    const tasks = [await task("train", choosing, { q: "", c: ["a", "b"], n: 1 })];
    await rejection(() => measure({ tasks, split: "train" }), "CODEX_TASK_INVALID");
    expect((await measure({ tasks })).metrics).to.include({ "eval/train/right": 1 });
  });

  it("tells what its numbers were drawn with", async () => {
    expect(await measure({ bootstrap: 5, seed: 3 })).to.include({ bootstrap: 5, seed: 3 });
    expect(await measure({}, { run: { seed: 9 } })).to.include({ bootstrap: 0, seed: 9 });
  });

  describe("a metric that fails", () => {
    for (const member of ["start", "add", "merge", "result"] as const) {
      it(`in ${member} is named, with its place`, async () => {
        const own = fakeMetric("tokens");
        const boom = () => {
          throw new Error("boom");
        };
        const bad = {
          input: "tokens",
          start: member === "start" ? boom : () => Object.assign(own.start(), { [member]: boom }),
        };
        const error = await rejection(() => measure({}, { metric }, { metric: { bad } }), "CODEX_PART_FAILED");
        expect(error.what).to.equal(`Metric bad failed in ${member}: boom`);
        expect(error.where).to.equal("config → metric.bad");
        expect(error.fix).to.include("leave the metric out");
      });
    }

    it("passes on its own coded error", async () => {
      const start = () => {
        throw evaluationErrors.CODEX_METRIC_INPUT({ what: "No." });
      };
      const bad = { input: "tokens", start };
      await rejection(() => measure({}, { metric }, { metric: { bad } }), "CODEX_METRIC_INPUT");
    });
  });

  it("counts the prompts that an evaluator cuts, warns once, and tells it where each text is from", async () => {
    const places: (string | undefined)[] = [];
    class Narrow extends FakeEvaluator {
      override async *score(request: ScoreRequest) {
        let index = 0;
        for await (const tokens of super.score(request)) {
          const { context, place } = request.continuations[index++]!;
          places.push(place);
          yield { ...tokens, isCut: context.length > 1 };
        }
      }
    }
    const rows = ["x", "long", "longer"].map((q) => ({ q, c: ["a", "b"], n: 1 }));
    const tasks = [await task("letters", choosing, ...rows)];
    const { metrics } = await measure({ tasks }, {}, { evaluator: Narrow });
    expect(metrics).to.deep.equal({ "eval/letters/items": 3, "eval/letters/truncated": 2, "eval/letters/right": 1 });
    expect(warnings).to.deep.equal([
      "Task letters: the beginning of 2 of 3 prompts was cut off, to fit into the model's context; shorten them.",
    ]);
    expect(places).to.have.length(6);
    expect(places[2]).to.match(/^item .*letters\.jsonl:2 of .*letters\.yaml$/);
  });

  it("counts the prompts that a generator cuts, also under safety filters", async () => {
    const generator: Generator = {
      generate: () => expect.fail(),
      async *generateAll({ prompts }) {
        for (const prompt of prompts) {
          yield {
            tokens: [{ tokenId: 1, text: prompt }],
            stopReason: "eos",
            ...(prompt.length > 3 && { isCut: true }),
          };
        }
      },
    };
    const rows = ["sea", "whales"].map((q) => ({ q, a: q }));
    const tasks = [await task("echo", writing, ...rows)];
    for (const config of [{}, { safety: { fake: { word: "land" } } }]) {
      const { metrics } = await measure({ tasks }, config, { generator });
      expect(metrics).to.deep.equal({ "eval/echo/items": 2, "eval/echo/truncated": 1, "eval/echo/same": 1 });
      expect(warnings[0]).to.include("the beginning of 1 of 2 prompts was cut off");
    }
  });

  it("gives a gap's tokens and its one choice", async () => {
    const yaml =
      'kind: cloze\nprompt: "{{q}}"\nanswer: "{{a}}"\nmetric: { right: { type: fake, input: choices }, nats: { type: fake } }\n';
    const { metrics } = await measure({ tasks: [await task("gap", yaml, { q: "a", a: "zz" })] });
    expect(metrics["eval/gap/right"]).to.equal(1);
    // Of " zz": a blank, and two letters.
    expect(metrics["eval/gap/nats"]).to.be.closeTo((0.91 + 0.01 + 0.01) / 3, 1e-12);
  });

  it("has texts written, up to a stop, and leaves them out when nothing shall be written", async () => {
    const generator: Generator = {
      async *generate({ prompt, temperature, maxNewTokens }) {
        expect({ temperature, maxNewTokens }).to.deep.equal({ temperature: 0, maxNewTokens: 64 });
        yield { tokenId: 1, text: `\n ${prompt}` };
        yield { tokenId: 2, text: "!  \nmore" };
        return "length";
      },
    };
    const rows = [
      { q: "x", a: "x!" },
      { q: "y", a: "y" },
    ];
    const tasks = [
      await task("echo", writing, ...rows),
      await task("letters", choosing, { q: "", c: ["a", "b"], n: 1 }),
    ];
    const { metrics } = await measure({ tasks }, {}, { generator });
    expect(metrics).to.include({ "eval/echo/same": 0.5, "eval/echo/items": 2, "eval/letters/right": 1 });
    const without = await measure({ tasks, withoutGeneration: true }, {}, { generator: { generate: expect.fail } });
    expect(without.tasks).to.deep.equal(["letters"]);
    expect(Object.keys(without.metrics)).to.deep.equal(["eval/letters/items", "eval/letters/right"]);
    expect(warnings).to.deep.equal(["Left out, because texts would be written: echo."]);
    const alone = { tasks: tasks.slice(0, 1), withoutGeneration: true };
    const error = await rejection(() => measure(alone, {}, { generator }), "CODEX_EVALUATION_EMPTY");
    expect(error.what).to.include("echo");
    expect((await measure({ ...alone, split: "validation" })).metrics).to.have.property("eval/loss");
  });

  describe("under safety filters", () => {
    const safety = { fake: { word: "sea" } };
    const refusing = { safety: { fake: { word: "sea", action: "refuse" } } };
    const saying = (text: string): Generator => ({
      async *generate() {
        yield { tokenId: 1, text };
        return "eos";
      },
    });

    it("prompts and written texts are redacted", async () => {
      const echo = [await task("echo", writing, { q: "the sea is", a: "the [redacted] is" })];
      expect((await measure({ tasks: echo }, { safety })).metrics).to.include({ "eval/echo/same": 1 });
      const open = [await task("open", writing, { q: "say", a: "a [redacted]" })];
      const { metrics } = await measure({ tasks: open }, { safety }, { generator: saying("a sea") });
      expect(metrics).to.deep.equal({ "eval/open/items": 1, "eval/open/same": 1 });
    });

    it("what is refused counts as an empty text, and is told of", async () => {
      const rows = [
        { q: "the sea is", a: "calm" },
        { q: "the land is", a: "calm" },
        { q: "", a: "" },
      ];
      const tasks = [await task("calm", writing, ...rows)];
      const prompts = await measure({ tasks }, refusing, { generator: saying("calm") });
      expect(prompts.metrics).to.deep.equal({
        "eval/calm/items": 3,
        "eval/calm/refused": 1,
        "eval/calm/same": 1 / 3,
      });
      const texts = await measure({ tasks }, refusing, { generator: saying("a sea") });
      expect(texts.metrics).to.include({ "eval/calm/refused": 3, "eval/calm/same": 1 / 3 });
    });
  });

  it("refuses two tasks of one name, a metric of another kind, options that it does not know", async () => {
    const file = await task("letters", choosing, { q: "", c: ["a", "b"], n: 1 });
    await rejection(() => measure({ tasks: [file, file] }), "CODEX_TASK_INVALID");
    const other = await task("other", `${choices}metric: { same: { type: fake, input: text } }\n`, { q: "", c: ["a"] });
    const error = await rejection(() => measure({ tasks: [other] }), "CODEX_METRIC_INPUT");
    expect(error.where).to.include("other.yaml → metric.same");
    const odd = await task("odd", `${choices}metric: { same: { type: fake, colour: red } }\n`, { q: "", c: ["a"] });
    const options = await rejection(() => measure({ tasks: [odd] }), "CODEX_PART_OPTIONS");
    expect(options.what).to.match(/^metric\.same: /);
    expect(options.where).to.match(/odd\.yaml:6:11 → metric\.same$/);
    expect(options.fix).to.equal("Correct the options in the task's file.");
    const lost = await task("lost", `${choices}metric: { same: { type: fak } }\n`, { q: "", c: ["a"] });
    const unknown = await rejection(() => measure({ tasks: [lost] }), "CODEX_PLUGIN_UNKNOWN_TYPE");
    expect(unknown.where).to.match(/lost\.yaml:6:19 → metric\.same\.type$/);
  });

  it("refuses a task of choices where the evaluator scores no texts", async () => {
    const evaluator: Evaluator = { evaluate: (request) => new FakeEvaluator().evaluate(request) };
    const tasks = [await task("letters", choosing, { q: "", c: ["a", "b"], n: 1 })];
    await rejection(() => measure({ tasks }, {}, { evaluator }), "CODEX_EVALUATOR_NO_SCORES");
  });
});

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { isRepeatableMetric, TrackerPoint } from "codex-core";
import { createFromPlugin, createOddRecords, createRunDescription } from "codex-core/testing";
import tensorboard from "codex-plugin-tracker-tensorboard";
import { python } from "../support/interop.js";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";
import { readEvents } from "../support/tensorboard.js";

describe("TensorBoard, reading a run", function () {
  this.timeout(300_000);
  let project: ScratchProject;

  before(() => {
    project = new ScratchProject();
  });
  after(() => project.dispose());

  const rowsOf = (run: string) =>
    readFileSync(join(project.folder, run, "metrics.ndjson"), "utf8")
      .trim()
      .split("\n")
      .map((row) => JSON.parse(row) as { readonly step: number; readonly [name: string]: number });

  const accumulated = (run: string) => readEvents(join(project.folder, run, "tensorboard"));

  /** The accumulator's scalars are the run's metrics, each once. */
  function expectAll(run: string): void {
    const { scalars } = accumulated(run);
    const expected: { [tag: string]: [number, number][] } = {};
    for (const { seq: _, step, timeMs: __, ...metrics } of rowsOf(run)) {
      for (const [tag, value] of Object.entries(metrics)) {
        expected[tag] ??= [];
        expected[tag].push([step, Math.fround(value)]);
      }
    }
    expect(Object.keys(scalars).sort()).to.deep.equal(Object.keys(expected).sort());
    for (const [tag, points] of Object.entries(expected)) {
      // What a clock measured is what was told first.
      const compared = (step: number, value: number) => (isRepeatableMetric(tag) ? [step, value] : [step]);
      expect(
        scalars[tag]!.map(([step, , value]) => compared(step, value)),
        tag,
      ).to.deep.equal(points.map(([step, value]) => compared(step, value)));
    }
  }

  const train = (...words: readonly string[]) => [
    "train",
    "--config",
    "quickstart",
    "trainer.evalEvery=50",
    "checkpoint.every=20",
    "model.layerCount=1",
    "tracker={tensorboard: {}}",
    ...words,
  ];

  it("finds every metric once, the samples, the tags and the settings", async () => {
    const { code, stderr } = await project.codex(train("trainer.maxSteps=100", "--output-dir", "whole"));
    expect(code, stderr).to.equal(0);
    expectAll("whole");
    const { tensors } = accumulated("whole");
    const sample = readFileSync(join(project.folder, "whole/events.ndjson"), "utf8")
      .split("\n")
      .find((line) => line.includes('"sample"'))!;
    const { step, text } = JSON.parse(sample);
    expect(tensors.samples![0]![0]).to.equal(step);
    expect(String(tensors.samples![0]![1])).to.include(text.split("\n")[0]);
    expect(String(tensors.tags![0]![1])).to.include(`| node | ${process.version} |`);
  });

  it("finds them once after a SIGKILL and a resume", async () => {
    const words = train("trainer.maxSteps=300", "--output-dir", "killed", "--resume-from", "latest");
    for (let kills = 0; kills < 2; kills++) await killAfter(words, 60 + 70 * kills);
    const { code, stderr } = await project.codex(words);
    expect(code, stderr).to.equal(0);
    expect(new Set(rowsOf("killed").map(({ step }) => step)).size).to.equal(300);
    expectAll("killed");
  });

  it("finds what a later sync brings", async () => {
    const { code, stderr } = await project.codex([
      "runs",
      "sync",
      "whole",
      "+tracker.later={type: tensorboard, folder: boards}",
    ]);
    expect(code, stderr).to.equal(0);
    const { runId } = JSON.parse(readFileSync(join(project.folder, "whole/run.json"), "utf8"));
    const later = readEvents(join(project.folder, "boards", runId));
    expect(later.scalars).to.deep.equal(accumulated("whole").scalars);
  });

  it("finds histograms, tables, texts and pictures", async () => {
    const folder = mkdtempSync(join(tmpdir(), "codex-tensorboard-"));
    try {
      writeFileSync(join(folder, "dot.png"), Buffer.from(onePixel, "base64"));
      const tracker = await createFromPlugin(tensorboard, TrackerPoint, "tensorboard", {
        options: {},
        context: { name: "tensorboard", folders: { project: folder, cache: folder, run: folder } },
      });
      await tracker.open(createRunDescription(folder));
      const picture = { kind: "image", sequence: 20, step: 2, timeMs: 5000, key: "dot", path: "dot.png" } as const;
      await tracker.write([...createOddRecords(), picture], new AbortController().signal);
      await tracker.close({ status: "finished", endedAtMs: 6000 });
      const { tensors, images } = readEvents(join(folder, "tensorboard"));
      expect(tensors["weights/wte"]).to.deep.equal([[1, [-1, 0, 3, 0, 0.5, 4]]]);
      expect(String(tensors["eval/cases"]![0]![1])).to.include("| 1 | x |");
      expect(images.dot).to.deep.equal([[2, 1, 1]]);
      await expectServed(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  /** Asks a real server for what its pages draw. */
  async function expectServed(logdir: string): Promise<void> {
    const port = await freePort();
    const server = spawn(
      python,
      ["-m", "tensorboard.main", "--logdir", logdir, "--port", String(port), "--load_fast=false"],
      { stdio: "ignore" },
    );
    try {
      const ask = async (path: string, body?: object) => {
        const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
        return (await fetch(`http://127.0.0.1:${port}/data/${path}`, body ? init : {})).json();
      };
      let runs: readonly string[] = [];
      for (let tries = 0; tries < 300 && runs.length === 0; tries++) {
        runs = (await ask("runs").catch(() => [])) as readonly string[];
        await sleep(200);
      }
      expect(runs).to.deep.equal(["tensorboard"]);
      const text = (await ask("plugin/text/text?run=tensorboard&tag=notes%2Fa%20b")) as readonly { text: string }[];
      expect(text[0]!.text).to.include("two");
      const histogram = await ask("plugin/histograms/histograms?run=tensorboard&tag=weights%2Fwte");
      expect(histogram).to.have.nested.property("[0][1]", 1);
      const images = await ask("plugin/images/images?run=tensorboard&tag=dot&sample=0");
      expect(images).to.have.nested.property("[0].step", 2);
      const query = { experimentName: "", allowedStatuses: ["STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"] };
      const groups = (await ask("plugin/hparams/session_groups", {
        ...query,
        colParams: [],
        startIndex: 0,
        sliceSize: 10,
      })) as { readonly sessionGroups: readonly { hparams: object; sessions: readonly { status: string }[] }[] };
      expect(groups.sessionGroups[0]!.hparams).to.include({ "trainer.maxSteps": 3, "run.name": "suite" });
      expect(groups.sessionGroups[0]!.sessions[0]!.status).to.equal("STATUS_SUCCESS");
    } finally {
      server.kill("SIGKILL");
    }
  }

  /** Kills a training once its run has that many rows. */
  async function killAfter(words: readonly string[], rows: number): Promise<void> {
    const child = spawn(process.execPath, [join(repositoryRoot, "core/kernel/bin/codex.js"), ...words], {
      cwd: project.folder,
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    while (child.exitCode === null && countRows() < rows) await sleep(10);
    child.kill("SIGKILL");
    await ended;
  }

  function countRows(): number {
    try {
      return rowsOf("killed").length;
    } catch {
      return 0;
    }
  }
});

const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

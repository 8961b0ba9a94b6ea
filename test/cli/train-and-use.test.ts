import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";

const commandLine = join(repositoryRoot, "core/kernel/bin/codex.js");
const tiny = [
  "model.layerCount=1",
  "model.headCount=2",
  "model.embedDim=16",
  "model.contextLength=16",
  "trainer.microBatch=2",
];

/** A text long enough for the held-out split to hold sequences. */
function writeBook(path: string): void {
  const lines = Array.from({ length: 400 }, (_, index) => `Line ${index}: the whale was ${index % 7} fathoms long.`);
  writeFileSync(path, lines.join("\n"));
}

describe("codex, from training to text", function () {
  this.timeout(60_000);
  let project: ScratchProject;

  before(async () => {
    project = new ScratchProject();
    writeBook(join(project.folder, "book.txt"));
    const options = ["--texts", "book.txt", ...tiny, "trainer.maxSteps=6", "trainer.evalEvery=6", "checkpoint.every=3"];
    const { code, stdout, stderr } = await project.codex(["train", "--config", "debug", ...options]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.equal("");
    expect(stdout).to.match(/^run +runs\/\d{8}-\d{6}-debug-[0-9a-f]{4}$/m);
    expect(stdout).to.match(/^model +[\d,]+ parameters/m);
    expect(stdout).to.match(/^device +.*onnxruntime \d/m);
    expect(stdout).to.match(/^step 6\/6 {2}loss \d\.\d{4}/m);
    expect(stdout).to.include("The model writes:\n  Call me");
    expect(stdout).to.match(/^Run folder: runs\//m);
    expect(stdout).to.match(/^Let it write: npx codex generate runs\/\S+ --prompt 'Call me '$/m);
    expect(stdout).to.not.include("\u001b");
  });

  after(() => project.dispose());

  it("writes text: to a pipe alone, as JSON, and the same for the same seed", async () => {
    const args = ["generate", "latest", "--prompt", "The whale", "-n", "12", "--seed", "5"];
    const text = await project.codex(args);
    const json = await project.command([...args, "--json"]);
    const other = await project.command([...args.slice(0, -1), "6", "--json"]);
    expect(text.stderr).to.equal("");
    const answer = JSON.parse(json.stdout);
    expect(answer).to.have.all.keys("text", "tokenIds", "stopReason");
    expect(answer.stopReason).to.equal("length");
    expect(answer.tokenIds).to.have.length(12);
    expect(text.stdout).to.equal(`${answer.text}\n`);
    expect(JSON.parse(other.stdout).text).to.not.equal(answer.text);
  });

  it("ends quietly when the reader of its text leaves", async () => {
    const child = spawn(process.execPath, [commandLine, "generate", "latest", "--prompt", "A", "-n", "5000"], {
      cwd: project.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((settle) => child.once("close", settle));
    expect(stderr).to.equal("");
    expect(code).to.equal(0);
  });

  it("measures, lists and shows the run", async () => {
    const evaluated = await project.command(["evaluate", "latest", "--json"]);
    const listed = await project.command(["runs", "list", "--json"]);
    const shown = await project.command(["runs", "show", "latest"]);
    const ranked = await project.command(["runs", "top", "--metric", "eval/loss", "--quiet", "--json"]);
    expect(JSON.parse(ranked.stdout)).to.have.all.keys("metric", "mode", "by", "limit", "runs", "ranked", "without");
    const { metrics } = JSON.parse(evaluated.stdout);
    expect(metrics["eval/perplexity"]).to.be.closeTo(Math.exp(metrics["eval/loss"]), 1e-6);
    const { runs } = JSON.parse(listed.stdout);
    expect(runs).to.have.length(1);
    expect(runs[0]).to.include({ status: "finished", step: 6 });
    expect(shown.stdout)
      .to.match(/status +finished/)
      .and.include("step-00000006");
  });

  it("resumes from a checkpoint's path, and answers as JSON", async () => {
    const common = ["--config", "debug", "--texts", "book.txt", "--output-dir", "runs/debug", "--epochs", "1"];
    const first = await project.command(["train", ...common, ...tiny, "trainer.maxSteps=4", "checkpoint.every=2"]);
    expect(first.code, first.stderr).to.equal(0);
    const occupied = await project.command(["train", ...common, ...tiny]);
    expect(occupied.code).to.equal(2);
    expect(occupied.stderr).to.match(/^CODEX_RUN_FOLDER_OCCUPIED: /);
    const resume = ["--resume-from", "runs/debug/checkpoints/step-00000002", "--json"];
    const second = await project.command(["train", ...common, ...tiny, "trainer.maxSteps=5", ...resume]);
    expect(second.code, second.stderr).to.equal(0);
    expect(second.stderr).to.match(/resumed +runs\/debug\/checkpoints\/step-00000002 \(step 2\)/);
    expect(JSON.parse(second.stdout)).to.include({ status: "finished", step: 5 });
    const rows = readFileSync(join(project.folder, "runs/debug/metrics.ndjson"), "utf8").trim().split("\n");
    const steps = rows.map((row) => JSON.parse(row)).filter((row) => "train/loss" in row);
    expect(steps.map((row) => row.step)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("saves and ends with 130 at SIGINT", async () => {
    const options = ["--config", "debug", "--texts", "book.txt", ...tiny, "trainer.maxSteps=10000000"];
    const child = spawn(process.execPath, [commandLine, "train", ...options, "--output-dir", "runs/long"], {
      cwd: project.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const started = new Promise<void>((settle) => {
      child.stdout.on("data", (data) => {
        output += data;
        if (/^step /m.test(output)) settle();
      });
    });
    await started;
    child.kill("SIGINT");
    const code = await new Promise((settle) => child.once("close", settle));
    expect(code).to.equal(130);
    expect(output)
      .to.match(/^Stopped at step /m)
      .and.include("--resume-from latest");
    expect(readdirSync(join(project.folder, "runs/long/checkpoints"))).to.have.length(1);
    const { status } = JSON.parse(readFileSync(join(project.folder, "runs/long/run.json"), "utf8"));
    expect(status).to.equal("interrupted");
  });
});

describe("codex, given what it cannot use", function () {
  this.timeout(60_000);
  let project: ScratchProject;

  before(() => {
    project = new ScratchProject();
    writeBook(join(project.folder, "book.txt"));
  });

  after(() => project.dispose());

  for (const [args, code, phrase] of [
    [["trian"], "CODEX_CLI_UNKNOWN_COMMAND", "Did you mean train?"],
    [["train", "--config", "debug", "--texts", "boook.txt"], "CODEX_DATA_NO_MATCH", "boook.txt"],
  ] as const) {
    it(`refuses \`codex ${args.join(" ")}\` with ${code}`, async () => {
      const result = await project.command(args);
      expect(result.code, result.stderr).to.equal(2);
      expect(result.stderr)
        .to.match(new RegExp(`^${code}: `, "m"))
        .and.match(/^Fix: /m)
        .and.include(phrase);
    });
  }

  it("gives an error as JSON", async () => {
    const { code, stdout, stderr } = await project.codex(["train", "--json"]);
    expect([code, stderr]).to.deep.equal([2, ""]);
    expect(JSON.parse(stdout).error).to.have.all.keys("code", "what", "where", "why", "fix");
  });

  it("says how to install plugins where there are none", async () => {
    for (const name of ["node_modules", "codex.config.ts"]) rmSync(join(project.folder, name));
    const trained = await project.command(["train", "--config", "debug"]);
    const listed = await project.command(["list"]);
    const checked = await project.command(["doctor"]);
    expect(trained.code).to.equal(2);
    expect(trained.stderr)
      .to.match(/^CODEX_CLI_NO_PLUGINS: /)
      .and.include("npm install codex-plugins");
    expect(listed.stdout).to.include("npm install codex-plugins");
    expect(checked.code).to.equal(1);
    expect(checked.stdout).to.match(/^failed +plugins/m);
  });
});

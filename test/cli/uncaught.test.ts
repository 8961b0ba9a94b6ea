import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ScratchProject } from "../support/scratch-project.js";

// A library that throws on its own, while the command waits for something else.
const config = `
setTimeout(() => { throw new Error("the socket is gone"); }, 0);
await new Promise((settle) => setTimeout(settle, 10_000));
export default {};
`;

// A library that throws when the command has written its answer, and would end.
const lateConfig = `
import { createFakeConfig, fakePlugin } from "codex-core/testing";

const { stdout } = process;
const write = stdout.write.bind(stdout);
stdout.write = (...words) => {
  process.nextTick(() => { throw new Error("too late"); });
  return write(...words);
};
export default { plugins: [fakePlugin], ...createFakeConfig() };
`;

// A run of some steps, with a tracker that works; the library of others throws on its own, and that of a callback may.
const run = `
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { CallbackPoint, definePlugin, TrackerPoint } from "codex-core";
import { createFakeConfig, fakePlugin } from "codex-core/testing";
import { z } from "zod";

const strays = {
  timer: () => void setInterval(() => { throw new Error("from a timer"); }, 20),
  promise: async () => { await sleep(20); throw new Error("from a promise"); },
  socket: () => void connect(1, "127.0.0.1"),
  none: () => undefined,
};
const options = z.strictObject({ stray: z.enum(Object.keys(strays)).default("none") });
const straying = definePlugin({
  name: "codex-plugin-straying",
  register(registrar) {
    registrar.provide(TrackerPoint, "straying", {
      options,
      create: (_, { stray }) => ({
        open: async () => { void strays[stray](); return {}; },
        write: async () => undefined,
        close: async () => undefined,
      }),
    });
    registrar.provide(CallbackPoint, "straying", {
      options,
      create: (_, { stray }) => ({ runStart: async () => void strays[stray](), stepEnd: async () => sleep(50) }),
    });
  },
});
export default {
  plugins: [fakePlugin, straying],
  ...createFakeConfig({
    run: { outputDir: "run" },
    trainer: { type: "fake", maxSteps: 8 },
    tracker: { good: { type: "fake" } },
    callback: { own: { type: "straying" } },
  }),
};
`;

describe("what is thrown outside every call", function () {
  this.timeout(30_000);

  it("ends the command and is kept as a question", async () => {
    const project = new ScratchProject([{ name: "codex.config.mjs", text: config }]);
    try {
      const { code, stderr } = await project.codex(["config", "print"]);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^CODEX_CLI_UNEXPECTED: the socket is gone/);
      const file = join(project.folder, ".codex/errors/errors.md");
      expect(stderr).to.include(`To ask about it: ${file}`);
      expect(readFileSync(file, "utf8")).to.include("While performing [1:read the config]");
    } finally {
      project.dispose();
    }
  });

  it("is told where the command ends meanwhile", async () => {
    const project = new ScratchProject([{ name: "codex.config.mjs", text: lateConfig }]);
    try {
      const { code, stderr } = await project.codex(["config", "print"]);
      expect(stderr).to.match(/^CODEX_CLI_UNEXPECTED: too late/);
      expect(code).to.equal(1);
    } finally {
      project.dispose();
    }
  });

  it("ends no run when it comes of trackers, and is told once of each", async () => {
    const project = new ScratchProject([{ name: "codex.config.mjs", text: run }]);
    try {
      const strays = ["timer", "promise", "socket"];
      const trackers = strays.map((stray) => `+tracker.${stray}={type: straying, stray: ${stray}}`);
      const { code, stderr } = await project.codex(["train", ...trackers]);
      expect(code, stderr).to.equal(0);
      const told = stderr.match(/CODEX_TRACKER_FAILED: Tracker \w+ threw outside its calls: \w+/g);
      expect(
        told?.map((line) => line.split(" ")[2]),
        stderr,
      ).to.have.members(strays);
      const read = (name: string) => readFileSync(join(project.folder, "run", name), "utf8");
      expect(JSON.parse(read("run.json"))).to.include({ status: "finished" });
      expect(read("errors.md")).to.include("it goes on without tracker.timer");
      for (const name of ["good", ...strays]) {
        expect(JSON.parse(read(`trackers/${name}.json`)), name).to.include({ closed: true });
      }
    } finally {
      project.dispose();
    }
  });

  it("ends a run when it comes of another part, also beside trackers", async () => {
    const project = new ScratchProject([{ name: "codex.config.mjs", text: run }]);
    try {
      const { code, stderr } = await project.codex(["train", "callback.own.stray=timer"]);
      expect(code).to.equal(1);
      expect(stderr).to.include("CODEX_CLI_UNEXPECTED: from a timer");
      expect(stderr).not.to.include("CODEX_TRACKER_FAILED");
    } finally {
      project.dispose();
    }
  });
});

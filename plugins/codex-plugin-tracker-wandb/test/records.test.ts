import { expect } from "chai";
import type { RunDescription } from "codex-core";
import { ProtobufMessage } from "codex-core";
import { createRunDescription } from "codex-core/testing";
import {
  configRecord,
  environmentRecord,
  exitRecord,
  filesRecord,
  headerRecord,
  historyRecord,
  outputRecord,
  recordBytes,
  runRecord,
  statsRecord,
} from "../src/records.js";

const startedAtMs = 1_767_268_800_500;
const run: RunDescription = {
  ...createRunDescription("/run"),
  startedAtMs,
  config: { a: 1 },
  tags: { host: "h" },
  environment: {
    command: ["codex", "train"],
    git: { commit: "c0ffee", branch: "main" },
    platform: "linux x64",
    system: "6.1",
    cpu: { name: "Xeon", count: 2 },
    memoryBytes: 25_325_268_992,
    gpu: [{ name: "H100" }],
  },
};
const labels = { id: "abcd1234", entity: "e", project: "p", group: "g", jobType: "j", notes: "n", tags: ["t1", "t2"] };

/** Bytes of the same records by wandb 0.31.0's own messages (`wandb.proto.wandb_internal_pb2.Record`). */
const references: readonly (readonly [name: string, record: Buffer, hex: string])[] = [
  ["header", recordBytes(headerRecord("codex"), 1), "0801aa01110a0f0a05636f6465781206302e37302e30"],
  [
    "run",
    recordBytes(runRecord(run, labels), 2),
    "08028a01640a0861626364313233341201651a0170221d0a07120161820101310a121204746167731204686f73748201032268223201673a016a420573756974654a016e52027431520274326a01688a010c08c0c3d9ca061080cab5ee01aa01081206633066666565",
  ],
  [
    "environment",
    recordBytes(environmentRecord(run), 3),
    "0803d2015a0a0d6c696e75782078363420362e311a0c08c0c3d9ca061080cab5ee012a05747261696e3205636f6465784a08120663306666656562016880010288010292010448313030980101aa01060880e083ac5eb201061a0458656f6e",
  ],
  [
    "stats",
    recordBytes(statsRecord(1_767_268_801_500, new Map([["cpu", 12.5]])), 4),
    "08043a1c120c08c1c3d9ca061080cab5ee011a0c0a0363707582010431322e35",
  ],
  [
    "output",
    recordBytes(outputRecord(1_767_268_801_500, "hé"), 5),
    "08056a160801120c08c1c3d9ca061080cab5ee011a0468c3a90a",
  ],
  ["exit", recordBytes(exitRecord(255, 60), 6), "080692010508ff01103c"],
  [
    "config",
    recordBytes(configRecord([[["tags", "stage"], '"two"']]), 7),
    "08072a170a15120474616773120573746167658201052274776f22",
  ],
  ["files", recordBytes(filesRecord(["media/a.png"]), 8), "0808320f0a0d0a0b6d656469612f612e706e67"],
  [
    "history",
    recordBytes(
      historyRecord(
        {
          step: 128,
          timeMs: 1_767_268_801_500,
          values: new Map([
            ["train/loss", "0.5"],
            ["n", "NaN"],
          ]),
        },
        1_767_268_800_000,
      ),
      300,
    ),
    "08ac0212620a12120a747261696e2f6c6f7373820103302e350a0912016e8201034e614e0a0d12055f737465708201033132380a1b120a5f74696d657374616d7082010c313736373236383830312e350a1012085f72756e74696d65820103312e351203088001",
  ],
];

describe("records", () => {
  for (const [name, record, hex] of references) {
    it(`are the bytes of W&B's own messages: ${name}`, () => {
      expect(record.toString("hex")).to.equal(hex);
    });
  }

  it("tell nothing of an environment that is not known", () => {
    const record = new ProtobufMessage(recordBytes(environmentRecord({ ...run, environment: {}, tags: {} }), 1));
    expect(record.messages(26)[0]!.text(1)).to.equal("");
  });

  it("name the segments of a run apart", () => {
    const name = (segment: number) =>
      new ProtobufMessage(recordBytes(runRecord({ ...run, segment }, labels), 1)).messages(17)[0]!.text(8);
    expect([name(1), name(2)]).to.deep.equal(["suite", "suite-2"]);
  });
});

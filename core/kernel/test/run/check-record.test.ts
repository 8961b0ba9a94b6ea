import { expect } from "chai";
import type { NewRecord } from "codex-core";
import { createOddRecords, rejection } from "codex-core/testing";
import { checkRecord } from "#src/run/check-record.js";

describe("checkRecord", () => {
  it("takes a record of each kind, and numbers that are not finite", () => {
    for (const record of createOddRecords()) checkRecord(record);
    checkRecord({ kind: "metrics", step: 0, metrics: { a: Number.NaN, b: Number.POSITIVE_INFINITY } });
    const edges = [Number.NEGATIVE_INFINITY, 0, 0, Number.POSITIVE_INFINITY];
    checkRecord({ kind: "histogram", step: 1, key: "h", edges, counts: [0, 1, 2.5] });
    checkRecord({ kind: "table", step: 1, key: "t", columns: [], rows: [] });
    checkRecord({ kind: "image", step: 1, key: "i", path: "media/..odd.png" });
  });

  const histogram = { kind: "histogram", step: 7, key: "weights/wte", edges: [0, 1, 2], counts: [3, 4] };
  const table = { kind: "table", step: 7, key: "cases", columns: ["a", "b"], rows: [[1, 2]] };
  const image = { kind: "image", step: 7, key: "i", path: "media/i.png" };
  const bad: readonly (readonly [unknown, string])[] = [
    [undefined, "it is undefined"],
    ["text", 'it is "text"'],
    [{ kind: "curve", step: 1 }, 'kind is "curve", not one of metrics, sample'],
    [{ kind: "toString", step: 1 }, 'kind is "toString"'],
    [{ kind: "metrics", metrics: {} }, "step is undefined"],
    [{ kind: "metrics", step: -1, metrics: {} }, "step is -1"],
    [{ kind: "metrics", step: 1.5, metrics: {} }, "step is 1.5"],
    [{ kind: "metrics", step: 1 }, "metrics is undefined"],
    [{ kind: "metrics", step: 1, metrics: { "eval/loss": "abc" } }, 'the metric "eval/loss" is "abc", not a number'],
    [{ kind: "metrics", step: 1, metrics: { "eval/loss": 1n } }, 'the metric "eval/loss" is 1, not a number'],
    [{ kind: "metrics", step: 1, metrics: { step: 2 } }, "a metric cannot be named step"],
    [{ kind: "metrics", step: 1, metrics: { source: 2 } }, "a metric cannot be named source"],
    [{ kind: "metrics", step: 1, metrics: { "": 2 } }, 'the metric "" has no name that readers can take'],
    [{ kind: "metrics", step: 1, metrics: JSON.parse('{"__proto__":2}') }, 'the metric "__proto__" has no name'],
    [{ kind: "metrics", step: 1, metrics: { "a\ud800": 2 } }, 'the metric "a\\ud800" has no name'],
    [{ kind: "params", step: 1, params: { "": 2 } }, 'params has "", which is no name'],
    [{ kind: "sample", step: 1, prompt: "", text: 3 }, "text is 3, not a text"],
    [{ kind: "text", step: 1, key: "", text: "" }, 'key is "", not a name'],
    [{ ...histogram, key: undefined }, "key is undefined"],
    [{ ...histogram, edges: new Float32Array(3) }, "edges is not a list of numbers"],
    [{ ...histogram, edges: [0, 2, 1] }, "edges do not ascend: edges[2] is 1 after 2"],
    [{ ...histogram, edges: [Number.NaN, 1, 2] }, "edges do not ascend: edges[0] is NaN"],
    [{ ...histogram, counts: [1, 2, 3, 4] }, "3 edges and 4 counts"],
    [{ ...histogram, edges: [1], counts: [] }, "it has no counts"],
    [{ ...histogram, counts: [1, -1] }, "counts[1] is -1"],
    [{ ...histogram, counts: [1, "2"] }, "counts is not a list of numbers"],
    [{ ...table, columns: "ab" }, "columns is not a list"],
    [{ ...table, rows: [[1, 2], [1]] }, "rows[1] is not a list of 2 cells"],
    [{ ...table, rows: [[1, {}]] }, "rows[0] has the cell an object"],
    [{ ...table, rows: [[1, undefined]] }, "rows[0] has the cell undefined"],
    [{ ...image, path: "/etc/passwd" }, "not one in the run's folder"],
    [{ ...image, path: "media/../../other.png" }, "not one in the run's folder"],
    [{ ...image, path: Buffer.from("png") }, "path is an object"],
    [{ kind: "artifact", step: 1, name: "a", type: "folder", path: "a" }, 'type is "folder"'],
    [{ kind: "params", step: 1, params: { a: null } }, 'params["a"] is null'],
    [{ kind: "tags", step: 1, tags: { a: 1 } }, 'tags["a"] is 1, not a string'],
  ];
  for (const [record, problem] of bad) {
    it(`refuses one where ${problem}`, async () => {
      const error = await rejection(async () => checkRecord(record as NewRecord), "CODEX_RUN_RECORD_INVALID");
      expect(error.what).to.include(problem);
    });
  }

  it("says which record it is", async () => {
    const record = { ...histogram, edges: [2, 1, 0] } as NewRecord;
    const error = await rejection(async () => checkRecord(record), "CODEX_RUN_RECORD_INVALID");
    expect(error.where).to.equal('kind "histogram", key "weights/wte", step 7');
  });
});

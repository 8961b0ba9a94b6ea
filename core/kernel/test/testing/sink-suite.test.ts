import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ingestErrors, type MetricsRun, type MetricsSink, type SinkRequest, type WrittenRun } from "codex-core";
import { describeMetricsSink, type StoredValue } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";
import { runSuite } from "./run-suite.js";

interface Held {
  readonly mark: string;
  readonly values: readonly (Omit<StoredValue, "value"> & { readonly value: string })[];
}

/** A sink that keeps the contract: a JSON object of runs. Its steps can be broken one by one. */
class JsonSink implements MetricsSink {
  files(name: string): readonly string[] {
    return [name];
  }

  async write({ runs, name, folder, before }: SinkRequest): Promise<readonly WrittenRun[]> {
    const held = before === undefined ? {} : await this.parse(join(before, name));
    const written: WrittenRun[] = [];
    for (const run of runs) {
      const { runId } = run.facts;
      const { added, goesOn, mark } = await this.take(run, held[runId]?.mark);
      held[runId] = { mark, values: [...(goesOn ? (held[runId]?.values ?? []) : []), ...added] };
      written.push({ runId, values: added.length, how: goesOn ? "added" : "whole" });
    }
    await writeFile(join(folder, name), JSON.stringify(held));
    return written;
  }

  async parse(path: string): Promise<Record<string, Held>> {
    try {
      return JSON.parse(await readFile(path, "utf8"));
    } catch (cause) {
      throw ingestErrors.CODEX_INGEST_FOREIGN({ what: `${path} is no JSON.`, where: path, cause });
    }
  }

  async take(run: MetricsRun, mark?: string) {
    const reading = await run.read(mark);
    const added: Held["values"][number][] = [];
    for await (const rows of reading.rows) {
      for (const { keys, values, ...row } of rows) {
        for (const [index, key] of keys.entries()) {
          added.push({ runId: run.facts.runId, ...row, key, value: this.textOf(values[index]!) });
        }
      }
    }
    return { added, goesOn: reading.goesOn, mark: reading.mark() };
  }

  textOf(value: number): string {
    return String(value);
  }
}

async function readValues(path: string): Promise<StoredValue[]> {
  const held: Record<string, Held> = JSON.parse(await readFile(path, "utf8"));
  return Object.values(held).flatMap((run) => run.values.map((each) => ({ ...each, value: Number(each.value) })));
}

const suiteOf = (sink: MetricsSink) => () => describeMetricsSink("json", () => sink, { readValues });

describe("the suite of sinks", () => {
  it("passes for a sink that keeps the contract", async () => {
    expect(await runSuite(suiteOf(new JsonSink()))).to.deep.equal({});
  });

  describeMutants({
    "a sink that loses numbers that are not finite": [
      suiteOf(
        new (class extends JsonSink {
          override textOf(value: number): string {
            return JSON.stringify(value);
          }
        })(),
      ),
      /also those that are not finite/,
    ],
    "a sink that adds to rows that were cut": [
      suiteOf(
        new (class extends JsonSink {
          override async take(run: MetricsRun, mark?: string) {
            return { ...(await super.take(run, mark)), goesOn: true };
          }
        })(),
      ),
      /resumed from an earlier checkpoint/,
    ],
    "a sink that takes all rows again": [
      suiteOf(
        new (class extends JsonSink {
          override async take(run: MetricsRun, mark?: string) {
            return { ...(await super.take(run)), goesOn: mark !== undefined };
          }
        })(),
      ),
      /after the same runs again/,
    ],
    "a sink that forgets other runs": [
      suiteOf(
        new (class extends JsonSink {
          override async write(request: SinkRequest) {
            return super.write({ ...request, before: undefined });
          }
        })(),
      ),
      /keeps what it held of other runs/,
    ],
    "a sink that takes any file for its own": [
      suiteOf(
        new (class extends JsonSink {
          override async parse(path: string) {
            return super.parse(path).catch(() => ({}));
          }
        })(),
      ),
      /refuses a file of another kind/,
    ],
  });
});

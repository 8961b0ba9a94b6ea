import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ingestErrors, type MetricsRun, type MetricsSink, type SinkRequest, type WrittenRun } from "codex-core";
import { describeMetricsSink, type StoredValue } from "codex-core/testing";
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

const failuresOf = async (sink: MetricsSink) =>
  Object.keys(await runSuite(() => describeMetricsSink("json", () => sink, { readValues })));

describe("the suite of sinks", () => {
  it("passes for one that keeps the contract", async () => {
    expect(await failuresOf(new JsonSink())).to.deep.equal([]);
  });

  const mutants: { readonly [title: string]: readonly [sink: JsonSink, fails: RegExp] } = {
    "loses numbers that are not finite": [
      new (class extends JsonSink {
        override textOf(value: number): string {
          return JSON.stringify(value);
        }
      })(),
      /also those that are not finite/,
    ],
    "adds to rows that were cut": [
      new (class extends JsonSink {
        override async take(run: MetricsRun, mark?: string) {
          return { ...(await super.take(run, mark)), goesOn: true };
        }
      })(),
      /resumed from an earlier checkpoint/,
    ],
    "takes all rows again": [
      new (class extends JsonSink {
        override async take(run: MetricsRun, mark?: string) {
          return { ...(await super.take(run)), goesOn: mark !== undefined };
        }
      })(),
      /after the same runs again/,
    ],
    "forgets other runs": [
      new (class extends JsonSink {
        override async write(request: SinkRequest) {
          return super.write({ ...request, before: undefined });
        }
      })(),
      /keeps what it held of other runs/,
    ],
    "takes any file for its own": [
      new (class extends JsonSink {
        override async parse(path: string) {
          return super.parse(path).catch(() => ({}));
        }
      })(),
      /refuses a file of another kind/,
    ],
  };
  for (const [title, [sink, fails]] of Object.entries(mutants)) {
    it(`fails for one that ${title}`, async () => {
      const failures = await failuresOf(sink);
      expect(
        failures.some((failure) => fails.test(failure)),
        failures.join(" | "),
      ).to.equal(true);
    });
  }
});

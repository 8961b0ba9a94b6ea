import { definePlugin, MetricPoint } from "codex-core";

/** Characters of all texts, over those of the reference that is nearest in length. */
class Brevity {
  written = 0;
  wanted = 0;

  add({ text, references }) {
    const lengths = references.map(({ length }) => length);
    this.written += text.length;
    this.wanted += lengths.reduce((best, each) =>
      Math.abs(each - text.length) < Math.abs(best - text.length) ? each : best,
    );
  }

  merge(other) {
    this.written += other.written;
    this.wanted += other.wanted;
  }

  result() {
    return { "": this.wanted === 0 ? Number.NaN : this.written / this.wanted };
  }
}

const options = { "~standard": { version: 1, vendor: "example", validate: (value) => ({ value }) } };

export default definePlugin({
  name: "codex-plugin-metric-brevity",
  register(registrar) {
    registrar.provide(MetricPoint, "brevity", {
      options,
      create: () => ({ input: "text", start: () => new Brevity() }),
    });
  },
});

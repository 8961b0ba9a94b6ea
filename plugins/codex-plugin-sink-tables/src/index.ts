import { definePlugin, SinkPoint } from "codex-core";
import { csvSink } from "./csv/csv-sink.js";
import { createDuckdbSink } from "./duckdb/duckdb-sink.js";
import { sinkOptions } from "./options.js";

export default definePlugin({
  name: "codex-plugin-sink-tables",
  register(registrar) {
    registrar.provide(SinkPoint, "csv", { options: sinkOptions, create: () => csvSink });
    registrar.provide(SinkPoint, "sqlite", {
      options: sinkOptions,
      create: async () => (await import("./sqlite/sqlite-sink.js")).sqliteSink,
    });
    registrar.provide(SinkPoint, "parquet", {
      options: sinkOptions,
      create: async () => (await import("./parquet/parquet-sink.js")).parquetSink,
    });
    registrar.provide(SinkPoint, "duckdb", {
      options: sinkOptions,
      create: (_, __, { folders }) => createDuckdbSink(folders.project),
    });
  },
});

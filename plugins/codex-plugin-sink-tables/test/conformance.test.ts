import { SinkPoint } from "codex-core";
import { createFromPlugin, describeMetricsSink } from "codex-core/testing";
import plugin from "codex-plugin-sink-tables";
import { readCsvValues, readParquetValues, readSqliteValues } from "./support/read-values.js";

const create = (type: string) => () => createFromPlugin(plugin, SinkPoint, type);

// DuckDB's library is not a dependency: test/interop/metrics-tables.interop.ts runs the suite with it.
describeMetricsSink("csv", create("csv"), { readValues: readCsvValues });
describeMetricsSink("sqlite", create("sqlite"), { readValues: readSqliteValues });
describeMetricsSink("parquet", create("parquet"), { readValues: readParquetValues });

import { ingestErrors } from "codex-core";
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { fileWriter, ParquetWriter } from "hyparquet-writer";

/** What stands in a column. */
export type Cell = bigint | number | string | null;

/** A column of a table: `INT64` cells are bigints. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: "STRING" | "INT64" | "DOUBLE";
  readonly isOptional?: boolean;
}

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

const groupRows = 100_000;

/** A Parquet file that is written a row group at a time. */
export class ParquetTable {
  readonly #writer: ParquetWriter;
  #cells: Cell[][];

  constructor(
    path: string,
    private readonly columns: readonly ParquetColumn[],
  ) {
    const writer = fileWriter(path);
    this.#writer = new ParquetWriter({ writer, schema: schemaOf(columns), createdBy: "codex-plugin-sink-tables" });
    this.#cells = columns.map(() => []);
  }

  add(row: readonly Cell[]): void {
    for (let index = 0; index < row.length; index++) this.#cells[index]!.push(row[index]!);
    if (this.#cells[0]!.length === groupRows) this.#writeGroup();
  }

  finish(): void {
    if (this.#cells[0]!.length > 0) this.#writeGroup();
    this.#writer.finish();
  }

  #writeGroup(): void {
    const columnData = this.columns.map(({ name }, index) => ({ name, data: this.#cells[index]! }));
    this.#writer.write({ columnData, rowGroupSize: groupRows });
    this.#cells = this.columns.map(() => []);
  }
}

function schemaOf(columns: readonly ParquetColumn[]): Schema {
  const leaves = columns.map(({ name, type, isOptional }): Schema[number] => {
    const repetition_type = isOptional ? "OPTIONAL" : "REQUIRED";
    return type === "STRING"
      ? { name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type }
      : { name, type, repetition_type };
  });
  return [{ name: "root", num_children: columns.length }, ...leaves];
}

/** The rows of a table of these columns, a row group at a time. @throws CODEX_INGEST_FOREIGN */
export async function* readParquetTable(
  path: string,
  columns: readonly ParquetColumn[],
): AsyncGenerator<Record<string, Cell>[], void, void> {
  const { file, metadata } = await openTable(path);
  const names = metadata.schema.slice(1).map((element) => element.name);
  if (columns.some(({ name }, index) => names[index] !== name)) {
    throw foreign(path, `its columns are ${names.join(", ")}`);
  }
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    yield (await parquetReadObjects({ file, metadata, rowStart, rowEnd })) as Record<string, Cell>[];
    rowStart = rowEnd;
  }
}

async function openTable(path: string): Promise<{ file: AsyncBuffer; metadata: FileMetaData }> {
  const file = await asyncBufferFromFile(path);
  try {
    return { file, metadata: await parquetMetadataAsync(file) };
  } catch (cause) {
    throw foreign(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function foreign(path: string, why: string, cause?: unknown): Error {
  return ingestErrors.CODEX_INGEST_FOREIGN({
    what: `${path} is no Parquet file of metrics: ${why}.`,
    where: path,
    cause,
  });
}
